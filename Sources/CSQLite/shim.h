#ifndef QUARTET_CSQLITE_SHIM_H
#define QUARTET_CSQLITE_SHIM_H
/* If this header is not found: apt-get install libsqlite3-dev (cluster/up does it for you). */
#include <sqlite3.h>
#endif
