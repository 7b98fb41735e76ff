#ifndef QUARTET_CLINUX_SHIM_H
#define QUARTET_CLINUX_SHIM_H
/* What Swift's Glibc module leaves out. Declarations only: no behaviour of ours lives in C. */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#endif
