#ifndef QUARTET_COPENSSL_SHIM_H
#define QUARTET_COPENSSL_SHIM_H
/* If this header is not found: apt-get install libssl-dev (cluster/up does it for you). */
#define OPENSSL_SUPPRESS_DEPRECATED 1
#include <openssl/sha.h>
#include <openssl/rand.h>
#endif
