/* A library to preload that lets one system call of a program go wrong.
 *
 * Calls on paths under $FAULT_UNDER are counted: open, write, fsync, fdatasync, rename, unlink, mkdir, ftruncate. The call of
 * number $FAULT_AT (from 1) goes wrong as $FAULT_KIND says:
 *
 *   fail    it does nothing and returns an error: no space for a write, an input/output error for the others
 *   short   a write writes half of its bytes and says so, as it may
 *   torn    a write writes half of its bytes, and the process is killed
 *   kill    it is the last that the process does
 *   power   the process is killed before it, and all bytes that were written but not synced are lost
 *
 * With $FAULT_LOG each counted call is a line of that file: its number, its name and its path.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define MOST_FILES 4096

/* What a call has to do. */
enum action { PASS, FAIL, SHORT, TORN, KILL };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long calls;

/* Files that were opened for writing: a descriptor of ours, and how many bytes are on the disk. */
static struct file {
    int fd;
    dev_t dev;
    ino_t ino;
    off_t synced;
} files[MOST_FILES];
static int file_count;

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static void cut_the_power(void) {
    for (int i = 0; i < file_count; i++) {
        struct stat st;
        if (fstat(files[i].fd, &st) == 0 && st.st_size > files[i].synced)
            REAL(ftruncate)(files[i].fd, files[i].synced);
    }
    die();
}

static int is_under(const char *path) {
    const char *under = getenv("FAULT_UNDER");
    char full[PATH_MAX];
    if (under == NULL || path == NULL) return 0;
    if (path[0] != '/') {
        char here[PATH_MAX];
        if (getcwd(here, sizeof here) == NULL) return 0;
        if (snprintf(full, sizeof full, "%s/%s", here, path) >= (int)sizeof full) return 0;
        path = full;
    }
    return strncmp(path, under, strlen(under)) == 0;
}

/* The path of a descriptor, empty if it has none. */
static const char *path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = 0;
    return path;
}

/* Counts a call and says what it has to do. */
static enum action next(const char *name, const char *path, int writes) {
    if (!is_under(path)) return PASS;
    pthread_mutex_lock(&mutex);
    long number = ++calls;
    const char *log = getenv("FAULT_LOG");
    if (log != NULL) {
        int fd = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        char line[PATH_MAX + 64];
        int length = snprintf(line, sizeof line, "%ld %s %s\n", number, name, path);
        if (fd >= 0) {
            if (REAL(write)(fd, line, length) < 0) abort();
            close(fd);
        }
    }
    const char *at = getenv("FAULT_AT"), *kind = getenv("FAULT_KIND");
    enum action action = PASS;
    if (at != NULL && kind != NULL && number == atol(at)) {
        if (strcmp(kind, "power") == 0) cut_the_power();
        else if (strcmp(kind, "kill") == 0) action = KILL;
        else if (strcmp(kind, "fail") == 0) action = FAIL;
        else if (writes) action = strcmp(kind, "torn") == 0 ? TORN : SHORT;
    }
    pthread_mutex_unlock(&mutex);
    return action;
}

/* Does a call that writes nothing as `action` says. */
#define DO(action, failure, call)                    \
    do {                                             \
        if ((action) == FAIL) { errno = EIO; return failure; } \
        __typeof__(call) result = (call);            \
        if ((action) == KILL) die();                 \
        return result;                               \
    } while (0)

static void remember(int fd, int flags) {
    struct stat st;
    if ((flags & O_ACCMODE) == O_RDONLY || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) return;
    pthread_mutex_lock(&mutex);
    int known = 0;
    for (int i = 0; i < file_count; i++)
        known |= files[i].dev == st.st_dev && files[i].ino == st.st_ino;
    if (!known && file_count < MOST_FILES) {
        int own = fcntl(fd, F_DUPFD_CLOEXEC, 500);
        if (own >= 0) files[file_count++] = (struct file){own, st.st_dev, st.st_ino, st.st_size};
    }
    pthread_mutex_unlock(&mutex);
}

static int open_any(int at, const char *path, int flags, mode_t mode) {
    enum action action = next("open", path, 0);
    if (action == FAIL) { errno = EIO; return -1; }
    int fd = REAL(openat)(at, path, flags, mode);
    if (action == KILL) die();
    if (fd >= 0 && is_under(path)) remember(fd, flags);
    return fd;
}

#define MODE(mode)                                    \
    mode_t mode = 0;                                  \
    if (flags & (O_CREAT | O_TMPFILE)) {              \
        va_list rest;                                 \
        va_start(rest, flags);                        \
        mode = va_arg(rest, mode_t);                  \
        va_end(rest);                                 \
    }

int open(const char *path, int flags, ...) { MODE(mode) return open_any(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(mode) return open_any(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(mode) return open_any(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(mode) return open_any(at, path, flags, mode); }

ssize_t write(int fd, const void *bytes, size_t count) {
    char path[PATH_MAX];
    enum action action = next("write", path_of(fd, path), 1);
    if (action == FAIL) { errno = ENOSPC; return -1; }
    if (action == SHORT || action == TORN) count = (count + 1) / 2;
    ssize_t result = REAL(write)(fd, bytes, count);
    if (action == TORN || action == KILL) die();
    return result;
}

static int synced(const char *name, int fd, int (*call)(int)) {
    char path[PATH_MAX];
    struct stat st;
    enum action action = next(name, path_of(fd, path), 0);
    if (action == FAIL) { errno = EIO; return -1; }
    int result = call(fd);
    if (result == 0 && fstat(fd, &st) == 0) {
        pthread_mutex_lock(&mutex);
        for (int i = 0; i < file_count; i++)
            if (files[i].dev == st.st_dev && files[i].ino == st.st_ino) files[i].synced = st.st_size;
        pthread_mutex_unlock(&mutex);
    }
    if (action == KILL) die();
    return result;
}

int fsync(int fd) { return synced("fsync", fd, REAL(fsync)); }
int fdatasync(int fd) { return synced("fdatasync", fd, REAL(fdatasync)); }

int rename(const char *from, const char *to) { DO(next("rename", to, 0), -1, REAL(rename)(from, to)); }
int unlink(const char *path) { DO(next("unlink", path, 0), -1, REAL(unlink)(path)); }
int mkdir(const char *path, mode_t mode) { DO(next("mkdir", path, 0), -1, REAL(mkdir)(path, mode)); }

static int truncated(int fd, off_t length, int (*call)(int, off_t)) {
    char path[PATH_MAX];
    DO(next("ftruncate", path_of(fd, path), 0), -1, call(fd, length));
}
int ftruncate(int fd, off_t length) { return truncated(fd, length, REAL(ftruncate)); }
int ftruncate64(int fd, off_t length) { return truncated(fd, length, REAL(ftruncate)); }
