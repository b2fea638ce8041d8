/* Preloaded: the n-th call that reads or changes a file under one folder fails, and all such calls can be written down.

   faults_arm(folder, n, number): the n-th call from now on fails with the error of that number; n = 0: none does.
   faults_seen(): how many there were. faults_call(): the name of the one that failed. faults_log(handle): where they are written down, or -1.

   What is written down, for each call that worked:  name  place  [other place]  [offset]  [bytes as hexadecimal digits] */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char under[PATH_MAX];
static long failing, seen;
static int failure, record = -1;
static const char *failed = "";

void faults_arm(const char *folder, long n, int number) {
  strncpy(under, folder, sizeof under - 1);
  failing = n, failure = number, seen = 0, failed = "";
}
long faults_seen(void) { return seen; }
const char *faults_call(void) { return failed; }
void faults_log(int handle) { record = handle; }

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int inside(const char *path) {
  size_t size = strlen(under);
  return size && path && strncmp(path, under, size) == 0 && (path[size] == '/' || path[size] == 0);
}

static int place_of(int handle, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
  ssize_t size = readlink(link, path, PATH_MAX - 1);
  path[size < 0 ? 0 : size] = 0;
  return inside(path);
}

static int fails(const char *call) {
  if (++seen != failing) return 0;
  errno = failure, failed = call;
  return 1;
}

static void note(const char *call, const char *path, const char *other, long offset, const void *bytes, size_t size) {
  if (record < 0) return;
  int before = errno;
  dprintf(record, "%s\t%s\t%s\t%ld\t", call, path, other, offset);
  for (size_t k = 0; k < size; k++) dprintf(record, "%02x", ((const unsigned char *)bytes)[k]);
  dprintf(record, "\n");
  errno = before;
}

ssize_t write(int handle, const void *bytes, size_t size) {
  char path[PATH_MAX];
  if (handle == record || !place_of(handle, path)) return REAL(write)(handle, bytes, size);
  if (fails("write")) return -1;
  long offset = lseek(handle, 0, SEEK_CUR);
  ssize_t done = REAL(write)(handle, bytes, size);
  if (done > 0) note("write", path, "", offset, bytes, done);
  return done;
}

ssize_t read(int handle, void *bytes, size_t size) {
  char path[PATH_MAX];
  return place_of(handle, path) && fails("read") ? -1 : REAL(read)(handle, bytes, size);
}

#define BY_HANDLE(name, parameters, arguments)                        \
  int name parameters {                                               \
    char path[PATH_MAX];                                              \
    int ours = place_of(handle, path);                                \
    if (ours && fails(#name)) {                                            \
      if (strcmp(#name, "close") == 0) REAL(close)(handle);           \
      return -1;                                                      \
    }                                                                 \
    int done = REAL(name) arguments;                                  \
    if (ours && done == 0) note(#name, path, "", 0, "", 0);           \
    return done;                                                      \
  }
BY_HANDLE(fsync, (int handle), (handle))
BY_HANDLE(fdatasync, (int handle), (handle))
BY_HANDLE(close, (int handle), (handle))
BY_HANDLE(ftruncate, (int handle, off_t size), (handle, size))
BY_HANDLE(ftruncate64, (int handle, off64_t size), (handle, size))
BY_HANDLE(fchmod, (int handle, mode_t mode), (handle, mode))

#define BY_NAME(name, parameters, path, other, arguments)             \
  int name parameters {                                               \
    int ours = inside(path) || inside(other);                         \
    if (ours && fails(#name)) return -1;                                   \
    int done = REAL(name) arguments;                                  \
    if (ours && done == 0) note(#name, path, other, 0, "", 0);        \
    return done;                                                      \
  }
BY_NAME(rename, (const char *one, const char *two), one, two, (one, two))
BY_NAME(link, (const char *one, const char *two), one, two, (one, two))
BY_NAME(linkat, (int from, const char *one, int to, const char *two, int flags), one, two, (from, one, to, two, flags))
BY_NAME(unlink, (const char *one), one, "", (one))
BY_NAME(chmod, (const char *one, mode_t mode), one, "", (one, mode))

#define OPENS(name)                                                   \
  int name(const char *path, int flags, ...) {                        \
    va_list more;                                                     \
    va_start(more, flags);                                            \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
    va_end(more);                                                     \
    int ours = inside(path);                                          \
    if (ours && fails(#name)) return -1;                                   \
    int handle = REAL(name)(path, flags, mode);                       \
    if (ours && handle >= 0) note(flags & O_CREAT ? "create" : "open", path, "", 0, "", 0); \
    return handle;                                                    \
  }
OPENS(open)
OPENS(open64)
