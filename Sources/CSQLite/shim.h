#ifndef QUARTET_CSQLITE_SHIM_H
#define QUARTET_CSQLITE_SHIM_H
/* If this header is not found: apt-get install libsqlite3-dev (cluster/up does it for you). */
#include <sqlite3.h>

/* Functions of a variable number of arguments are not imported into Swift. */
static inline int quartet_no_checkpoint_on_close(sqlite3 *connection) {
  return sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}
#endif
