#ifndef QUARTET_CLINUX_SHIM_H
#define QUARTET_CLINUX_SHIM_H
/* What Swift's Glibc module leaves out. Declarations only: no behaviour of ours lives in C. */
#include <malloc.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
/* GNU extensions, which the headers hide without _GNU_SOURCE; the declarations are those of glibc. */
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
extern int pthread_setname_np(pthread_t thread, const char *name);
#endif
