/*
 * relived-starter FILE NODE [OPTION ...] FILE [ARGUMENT ...]
 *
 * Runs Node, as it was told, whatever happens before: with the kernel's table of virtual servers already set if this is the
 * start of a daemon whose start plan still holds (docs/adr/0019-start-plan.md). Then it is the daemon's watchdog (watchdog.c).
 *
 * A child does the work, so that neither a fault nor a wait of it is one of the start. It stays until the daemon takes over,
 * and takes the table back if that ends before.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "starter.h"

#define DEFAULT_JOURNAL "/var/lib/relived/journal"
#define SUFFIX ".start"
/* What became of it, for the daemon. */
#define NOTE "RELIVED_START"

enum {
  NOTE_BYTES = REASON_BYTES + 512,
  PATH_BYTES = 4096,
  /* The start goes on without the table after that. */
  PATIENCE_MS = 8000,
  /* A daemon that has not taken over by then never will, and is alive. */
  GUARD_MS = 600000,
};

bool refuse(struct reason *why, const char *format, ...) {
  va_list values;
  va_start(values, format);
  vsnprintf(why->text, sizeof why->text, format, values);
  va_end(values);
  return false;
}

int64_t now_us(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* Beside the journal, wherever that is. False: the path is no path of a journal. */
static bool place_of_plan(char **words, char place[PATH_BYTES]) {
  const char *journal = DEFAULT_JOURNAL;
  for (char **word = words; *word != NULL; word++) {
    if (strncmp(*word, "--journal=", 10) == 0) journal = *word + 10;
    else if (strcmp(*word, "--journal") == 0 && word[1] != NULL) journal = *++word;
  }
  size_t length = strlen(journal);
  while (length > 1 && journal[length - 1] == '/') length--;
  return journal[0] == '/' && length + sizeof SUFFIX <= PATH_BYTES &&
    snprintf(place, PATH_BYTES, "%.*s%s", (int)length, journal, SUFFIX) > 0;
}

static volatile sig_atomic_t taken_over;
static void take_over(int number) {
  (void)number;
  taken_over = 1;
}

/* Until the daemon has taken over, or has ended before that. What ends a daemon's group of processes does not end this. */
static void guard(const struct plan *plan, int daemon_ends) {
  int nothing = open("/dev/null", O_RDWR);
  /* Whoever reads what the daemon says would else wait for this process, too. */
  for (int fd = 0; nothing >= 0 && fd <= 2; fd++) dup2(nothing, fd);
  sigset_t none;
  sigemptyset(&none);
  struct pollfd ended = {.fd = daemon_ends, .events = POLLIN};
  struct timespec most = {.tv_sec = GUARD_MS / 1000};
  if (taken_over || ppoll(&ended, 1, &most, &none) != 1 || taken_over) return;
  struct reason why;
  if (nobody_runs(plan, &why)) table_withdraw(plan);
}

static void prepare_guard(void) {
  static const int ignored[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE};
  for (size_t at = 0; at < sizeof ignored / sizeof *ignored; at++) signal(ignored[at], SIG_IGN);
  /* Delivered while it waits only, so that it cannot be missed. */
  struct sigaction action = {.sa_handler = take_over};
  sigaction(SIGUSR1, &action, NULL);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  sigprocmask(SIG_SETMASK, &mask, NULL);
  prctl(PR_SET_NAME, "relived-starter");
}

/*
 * That of an earlier start, or else one that is made now. False: there is none that holds; `why` is empty if nobody has to
 * hear of that.
 */
static bool find_plan(struct plan *plan, const struct start *start, const char *place, struct reason *why) {
  struct reason kept, none = {""};
  bool is_ordinary = true;
  if (plan_read(plan, place, &kept) && conditions_hold(plan, start, &kept)) return true;
  bool is_in_use = plan->is_in_use;
  plan_close(plan);
  if (!is_in_use && plan_make(plan, start->words, place, &none, &is_ordinary)) return conditions_hold(plan, start, why);
  /* Of a configuration that never had a plan nobody expects one. */
  if (is_ordinary && kept.text[0] == '\0') none.text[0] = '\0';
  bool both = kept.text[0] != '\0' && none.text[0] != '\0';
  return refuse(why, "%.500s%s%.500s", kept.text, both ? "; " : "", none.text);
}

/* In the child. `tell`: where the note goes; nothing is said where there is no plan. */
static void work(char **words, pid_t daemon, int tell) {
  int64_t began = now_us(CLOCK_MONOTONIC);
  char place[PATH_BYTES], note[NOTE_BYTES];
  struct plan plan;
  struct reason why;
  struct counts counts;
  struct start start = {words};
  prepare_guard();
  int daemon_ends = (int)syscall(SYS_pidfd_open, daemon, 0);
  if (!place_of_plan(words, place)) return;
  if (!find_plan(&plan, &start, place, &why)) {
    if (why.text[0] != '\0') dprintf(tell, "unused %s", why.text);
    return;
  }
  if ((daemon_ends < 0 && !refuse(&why, "pidfd_open: %s", strerror(errno))) || getppid() != daemon ||
      !nobody_runs(&plan, &why) || !table_set(&plan, &counts, &why)) {
    dprintf(tell, "unused %s", why.text);
    return;
  }
  int length = snprintf(note, sizeof note, "set %lld %lld %u %u %d %.64s", (long long)now_us(CLOCK_REALTIME),
    (long long)(now_us(CLOCK_MONOTONIC) - began), counts.services, counts.servers, (int)getpid(),
    plan_find(&plan, "configuration"));
  if (write(tell, note, (size_t)length) != length) return table_withdraw(&plan);
  close(tell);
  /* Whoever starts again meanwhile is refused by the table, not by this process. */
  close(plan.fd);
  guard(&plan, daemon_ends);
}

/* The child's note, within the time that a start can spare; '' if it has none. */
static void hear(int from, pid_t child, char note[NOTE_BYTES]) {
  size_t length = 0;
  int64_t end = now_us(CLOCK_MONOTONIC) + PATIENCE_MS * 1000;
  for (;;) {
    struct pollfd told = {.fd = from, .events = POLLIN};
    int64_t left = (end - now_us(CLOCK_MONOTONIC)) / 1000;
    int ready = left > 0 ? poll(&told, 1, (int)left) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      kill(child, SIGKILL);
      length = (size_t)snprintf(note, NOTE_BYTES, "unused it took too long");
      break;
    }
    ssize_t count = read(from, note + length, NOTE_BYTES - 1 - length);
    if (count <= 0) break;
    length += (size_t)count;
  }
  note[length] = '\0';
}

static void prepare(char **words) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  pid_t self = getpid();
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    work(words, self, ends[1]);
    _exit(0);
  }
  close(ends[1]);
  if (child > 0) {
    char note[NOTE_BYTES];
    hear(ends[0], child, note);
    /* It has ended, or guards. */
    int status = 0;
    if (strncmp(note, "set ", 4) != 0) waitpid(child, &status, 0);
    if (note[0] == '\0' && WIFSIGNALED(status)) snprintf(note, sizeof note, "unused making a plan has crashed: signal %d", WTERMSIG(status));
    if (note[0] != '\0') setenv(NOTE, note, 1);
  }
  close(ends[0]);
}

int main(int argc, char **argv) {
  char **words = NULL;
  for (int at = 3; at < argc && words == NULL; at++) {
    if (strcmp(argv[at], argv[1]) == 0) words = argv + at;
  }
  if (words == NULL) {
    fprintf(stderr, "relived-starter: it is run by bin/relived: FILE NODE [OPTION ...] FILE [ARGUMENT ...]\n");
    return 2;
  }
  /* The start in the terminal has done it. */
  if (getenv("RELIVED_BACKGROUND") == NULL) {
    unsetenv(NOTE);
    prepare(words);
  }
  watch(argv + 2);
  execv(argv[2], argv + 2);
  fprintf(stderr, "relived-starter: cannot run %s: %s\n", argv[2], strerror(errno));
  return 127;
}
