/*
 * The watchdog: runs Node as its child, the worker, and starts it again when it dies or hangs. What it does when is a statechart,
 * src/machines/watchdog, of which watchdog-table.h is made; how it does it is here. See docs/adr/0022-watchdog.md.
 *
 * Until the worker asks to be watched (it is a test, or ends in the terminal) this is nobody: signals are passed on, and the
 * worker's end is its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "held.h"
#include "starter.h"
#include "watchdog-table.h"

/* Number of this process and of a descriptor, for the worker. */
#define VARIABLE "RELIVED_WATCHDOG"
/* Of the background: 1 while the configuration comes from the terminal, 2 for workers after the first. */
#define BACKGROUND "RELIVED_BACKGROUND"
/* Of the configuration that the former worker ran. */
#define INHERITED "RELIVED_CONFIGURATION"
/* For tests: milliseconds after which a worker is sound, and in which it has to live. */
#define SOUND_VARIABLE "RELIVED_SOUND_MS"
#define HANG_VARIABLE "RELIVED_HANG_MS"
/* And for how long a dead one is announced. */
#define KEEP_VARIABLE "RELIVED_KEEP_MS"
#define MOST_VARIABLE "RELIVED_KEEP_MOST_MS"

enum {
  TICK_MS = 250,
  /* While somebody's time is running out. */
  SHORT_TICK_MS = 20,
  /* A worker does not say anything for that long at most: whatever the size of a configuration, it works in small pieces. */
  HANG_MS = 5000,
  /* From here on it is looked at whether it gets a processor. */
  SUSPICIOUS_MS = 1000,
  /* Until it is ready: what is done once need not be done in pieces. */
  START_HANG_MS = 120000,
  SOUND_MS = 60000,
  /* As long as a worker that hangs is: the lease of the heartbeat engine. */
  KEEP_MS = 3000,
  /* While the next one starts: on a machine with too much to do that took 4.5 s. */
  KEEP_MOST_MS = 10000,
  NICE = -20,
};

static struct {
  struct life_page *page;
  int page_fd;
  int configuration_fd;
  pid_t worker;
  int64_t began_us;
  unsigned state;
  /* Of CLOCK_MONOTONIC; 0: none runs. */
  int64_t pause_ends_us;
  /* How long the worker has said nothing although it could run. */
  int64_t silent_us;
  /* Processor time of its event loop at the last look; -1: not known. */
  int64_t used_us;
  double last_beat;
  /* The first worker that asked for it has been seen. */
  bool is_watching;
  bool was_ready;
  /* The thread that repeats its adverts is dead: so will be the rest of it. */
  bool is_dying;
  /* A dead worker was master of something that nobody has taken its part in yet. */
  bool has_leases;
  bool has_ended;
  int exit_code;
  uint32_t said_stopping, said_reloading, said_ready;
  int pid_files[MOST_PID_FILES];
  int namespace;
  char **argv;
  sigset_t former_mask;
  int former_nice;
} dog = {.page_fd = -1, .pid_files = {-1, -1}, .namespace = -1};


static unsigned milliseconds(const char *variable, unsigned otherwise) {
  const char *text = getenv(variable);
  unsigned value = text == NULL ? 0 : (unsigned)strtoul(text, NULL, 10);
  return value > 0 ? value : otherwise;
}

/* What the next worker will write into the history. Of too many the oldest are lost. */
static void note(struct note written) {
  struct life_page *page = dog.page;
  if (page->notes == page->told_notes) {
    page->was_ready = dog.was_ready;
    page->quick_deaths = WATCHDOG_DEATHS[dog.state];
  }
  written.at_us = (double)now_us(CLOCK_MONOTONIC);
  written.at_wall_us = (double)now_us(CLOCK_REALTIME);
  written.pid = dog.worker;
  page->note[page->notes % MOST_NOTES] = written;
  __atomic_store_n(&page->notes, page->notes + 1, __ATOMIC_RELEASE);
}

/* It ends with the watchdog: nobody would notice if it died or hung. */
static void become_worker(pid_t watchdog) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != watchdog) _exit(1);
  setpriority(PRIO_PROCESS, 0, dog.former_nice);
  sigprocmask(SIG_SETMASK, &dog.former_mask, NULL);
  execv(dog.argv[0], dog.argv);
  fprintf(stderr, "relived-starter: cannot run %s: %s\n", dog.argv[0], strerror(errno));
  _exit(127);
}

/* However the files were edited since, the next worker runs what the dead one did. */
static void hand_on_configuration(void) {
  struct stat kept;
  char text[64];
  unsetenv(INHERITED);
  if (fstat(dog.configuration_fd, &kept) != 0 || kept.st_size == 0) return;
  snprintf(text, sizeof text, "%d:%d", (int)getpid(), dog.configuration_fd);
  setenv(INHERITED, text, 1);
}

static void start_worker(void) {
  struct life_page *page = dog.page;
  pid_t self = getpid();
  page->life++;
  page->ready = 0;
  page->beat_us = 0;
  page->announcer = 0;
  dog.is_dying = false;
  for (int at = 0; at < MOST_PID_FILES; at++) page->pid_files[at] = -1;
  dog.silent_us = 0;
  dog.used_us = -1;
  dog.last_beat = 0;
  dog.began_us = now_us(CLOCK_MONOTONIC);
  hand_on_configuration();
  dog.worker = fork();
  if (dog.worker == 0) become_worker(self);
}

/* A worker that died has not removed its files. */
static void remove_pid_files(void) {
  for (int at = 0; at < MOST_PID_FILES; at++) {
    char place[64], path[4096];
    struct stat locked, named;
    if (dog.pid_files[at] < 0) continue;
    snprintf(place, sizeof place, "/proc/self/fd/%d", dog.pid_files[at]);
    ssize_t length = readlink(place, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    bool is_ours = fstat(dog.pid_files[at], &locked) == 0 && stat(path, &named) == 0 &&
      locked.st_ino == named.st_ino && locked.st_dev == named.st_dev;
    if (is_ours) unlink(path);
  }
}

/* Somebody runs who may have taken a dead one's part. */
static bool has_worker(void) { return dog.worker > 0 && !dog.is_dying; }

static struct keep how_long_to_keep(void) {
  struct keep keep = {
    .alone_us = milliseconds(KEEP_VARIABLE, KEEP_MS) * INT64_C(1000),
    .most_us = milliseconds(MOST_VARIABLE, KEEP_MOST_MS) * INT64_C(1000),
  };
  if (keep.most_us < keep.alone_us) keep.most_us = keep.alone_us;
  return keep;
}

static void perform(struct step step) {
  if (step.effects & DO_DISARM_TIMER) dog.pause_ends_us = 0;
  if ((step.effects & DO_KILL_WORKER) && dog.worker > 0) kill(dog.worker, SIGKILL);
  if (step.effects & DO_RELEASE_HELD) release_held(dog.page, has_worker(), dog.namespace);
  if (step.effects & DO_KEEP_ANNOUNCING)
    begin_announcing(dog.page, has_worker(), dog.namespace, how_long_to_keep());
  if (step.effects & DO_YIELD_HELD) yield_outdone(dog.page, has_worker(), dog.namespace);
  if (step.effects & DO_ARM_TIMER) dog.pause_ends_us = now_us(CLOCK_MONOTONIC) + (int64_t)step.pause_ms * 1000;
  if (step.effects & DO_START_WORKER) start_worker();
  if (step.effects & DO_END_WATCH) dog.has_ended = true;
}

static void react(enum fact fact) {
  struct step step = WATCHDOG[dog.state][fact];
  dog.state = step.next;
  perform(step);
}

static void see(enum fact fact, double span_us) {
  note((struct note){.fact = fact, .span_us = span_us});
  react(fact);
}

/* Pid files stay locked while no worker has them; the namespace is that in which the addresses are. */
static void take_part(void) {
  for (int at = 0; at < MOST_PID_FILES; at++) {
    int theirs = dog.page->pid_files[at];
    if (theirs < 0 || dog.pid_files[at] >= 0) continue;
    int process = (int)syscall(SYS_pidfd_open, dog.worker, 0);
    if (process < 0) return;
    dog.pid_files[at] = (int)syscall(SYS_pidfd_getfd, process, theirs, 0);
    close(process);
    dog.page->held_pid_files[at] = dog.pid_files[at] < 0 ? 0 : dog.pid_files[at];
  }
  if (dog.namespace >= 0) return;
  char place[64];
  snprintf(place, sizeof place, "/proc/%d/ns/net", (int)dog.worker);
  dog.namespace = open(place, O_RDONLY | O_CLOEXEC);
}

/* systemd listens to the main process. */
static void say(const char *text) {
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (path == NULL || path[0] == '\0' || strlen(path) >= sizeof address.sun_path) return;
  memcpy(address.sun_path, path, strlen(path));
  if (path[0] == '@') address.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
  sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, length);
  close(fd);
}

static void tell_service_manager(void) {
  struct life_page *page = dog.page;
  char text[128];
  if (page->said_stopping != dog.said_stopping) say("STOPPING=1\n");
  if (page->said_reloading != dog.said_reloading) {
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%.0f\n", page->reloading_us);
    say(text);
  }
  if (page->said_ready != dog.said_ready) {
    snprintf(text, sizeof text, "READY=1\nMAINPID=%d\n", (int)getpid());
    say(text);
  }
  dog.said_stopping = page->said_stopping;
  dog.said_reloading = page->said_reloading;
  dog.said_ready = page->said_ready;
}

/* State of the worker's event loop, its main thread, as in /proc; 0: not known. */
static char state_of_loop(int64_t *used_us) {
  char place[64], text[1024], state = 0;
  unsigned long user = 0, system = 0;
  snprintf(place, sizeof place, "/proc/%d/task/%d/stat", (int)dog.worker, (int)dog.worker);
  int fd = open(place, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  text[length > 0 ? length : 0] = '\0';
  /* Its name stands in parentheses and may have some of its own. */
  const char *rest = strrchr(text, ')');
  const char *form = ") %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu";
  if (rest == NULL || sscanf(rest, form, &state, &user, &system) != 3) return 0;
  *used_us = (int64_t)(user + system) * 1000000 / sysconf(_SC_CLK_TCK);
  return state;
}

/*
 * How much of the time of a look the worker could have spoken in: all of it, unless its event loop waits for a processor. On a
 * machine that is overloaded another start would make it worse.
 */
static int64_t chance_us(void) {
  int64_t before_us = dog.used_us, used_us = -1;
  char state = state_of_loop(&used_us);
  dog.used_us = used_us;
  if (state != 'R' || before_us < 0 || used_us - before_us >= TICK_MS * 1000) return TICK_MS * 1000;
  return used_us - before_us;
}

/* A look that comes late counts once: the watchdog does not take its own stall for the worker's. */
static void look_for_life(bool is_tick) {
  struct life_page *page = dog.page;
  if (page->beat_us != dog.last_beat) {
    dog.silent_us = 0;
    dog.used_us = -1;
  } else if (is_tick) {
    dog.silent_us += dog.silent_us < SUSPICIOUS_MS * 1000 ? TICK_MS * 1000 : chance_us();
  }
  dog.last_beat = page->beat_us;
  unsigned allowed_ms = page->ready ? milliseconds(HANG_VARIABLE, HANG_MS) : START_HANG_MS;
  if (dog.silent_us < (int64_t)allowed_ms * 1000) return;
  dog.silent_us = 0;
  see(SEEN_HUNG, allowed_ms * 1000.0);
}

/* Looks at once when the thread dies that repeats the worker's adverts. On a busy machine the rest of it takes its time to die. */
static void *await_death(void *unused) {
  _Atomic uint32_t *word = &dog.page->announcer;
  for (;;) {
    uint32_t seen = *word;
    bool is_alive = (seen & FUTEX_TID_MASK) != 0 && (seen & FUTEX_OWNER_DIED) == 0;
    if (is_alive && (seen & FUTEX_WAITERS) == 0 && !atomic_compare_exchange_strong(word, &seen, seen | FUTEX_WAITERS)) continue;
    if (is_alive) seen |= FUTEX_WAITERS;
    if ((seen & FUTEX_OWNER_DIED) != 0) kill(getpid(), SIGURG);
    syscall(SYS_futex, word, FUTEX_WAIT, seen, NULL, NULL, 0);
  }
  return unused;
}

static void begin_to_await_death(void) {
  pthread_attr_t small;
  pthread_t thread;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 * 1024);
  /* Without it a death is noticed when the worker is gone. */
  if (pthread_create(&thread, &small, await_death, NULL) == 0) pthread_detach(thread);
  pthread_attr_destroy(&small);
}

/* The first time that the worker asks for it. What the first one was given later ones cannot have. */
static void begin_to_watch(void) {
  dog.is_watching = true;
  begin_to_await_death();
  /* It does next to nothing, and that in time. Where it may not, nothing is lost on a machine with some time to spare. */
  setpriority(PRIO_PROCESS, 0, NICE);
  prctl(PR_SET_NAME, "relived-watch");
  unsetenv("RELIVED_START");
  unsetenv("NODE_CHANNEL_FD");
  unsetenv("NODE_CHANNEL_SERIALIZATION_MODE");
  if (getenv(BACKGROUND) != NULL) setenv(BACKGROUND, "2", 1);
}

static void look_for_death(void) {
  if (dog.worker <= 0 || dog.is_dying || (dog.page->announcer & FUTEX_OWNER_DIED) == 0) return;
  dog.is_dying = true;
  revoke_claims(dog.page);
  if (lease_overdue(dog.page, false, (double)now_us(CLOCK_MONOTONIC)) != NO_LEASE) see(SEEN_DYING, 0);
}

/* When something is due for the dead again. */
static int64_t announce(void) {
  struct better better = hear_better(dog.page, has_worker());
  if (better.instances > 0) {
    note((struct note){.fact = SEEN_BETTER, .signal = (int)better.instances, .exit_code = (int)better.priority});
    react(SEEN_BETTER);
  }
  int64_t next_us = announce_due(dog.page, has_worker());
  struct announced done;
  if (next_us == NEVER && end_announcing(&done)) {
    note((struct note){
      .fact = SEEN_KEPT,
      .signal = (int)done.instances,
      .exit_code = (int)done.adverts,
      .span_us = done.span_us,
      .gap_us = done.largest_gap_us,
    });
    react(SEEN_KEPT);
  }
  return next_us;
}

static void look(bool is_tick) {
  struct life_page *page = dog.page;
  if (!page->watched) return;
  if (!dog.is_watching) begin_to_watch();
  tell_service_manager();
  if (dog.worker > 0) {
    take_part();
    if (page->ready && !dog.was_ready) {
      dog.was_ready = true;
      react(SEEN_READY);
    }
    look_for_life(is_tick);
  }
  double overdue_us = lease_overdue(page, has_worker(), (double)now_us(CLOCK_MONOTONIC));
  dog.has_leases = overdue_us != NO_LEASE;
  if (overdue_us > 0) see(SEEN_LEASE_ENDED, overdue_us);
  if (dog.pause_ends_us == 0 || now_us(CLOCK_MONOTONIC) < dog.pause_ends_us) return;
  dog.pause_ends_us = 0;
  see(SEEN_PAUSE_OVER, 0);
}

/* An end of its own choice: another start would do no better. What has been fit to run is tried again. */
static bool is_final(int exit_code) {
  static const int finals[] = {1, 2, 4, 6};
  if (exit_code == 0) return true;
  for (size_t at = 0; at < sizeof finals / sizeof *finals; at++) {
    if (exit_code == finals[at]) return dog.page->life == 1 || dog.was_ready;
  }
  return false;
}

/* As if the worker were this process. */
static void end_like(int status) {
  if (WIFSIGNALED(status)) {
    sigprocmask(SIG_SETMASK, &dog.former_mask, NULL);
    kill(getpid(), WTERMSIG(status));
  }
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static void worker_ended(int status) {
  /* It may have asked for something with its last breath. */
  look(false);
  if (!dog.is_watching) end_like(status);
  double ran_us = (double)(now_us(CLOCK_MONOTONIC) - dog.began_us);
  int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  int exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  bool is_sound = ran_us >= milliseconds(SOUND_VARIABLE, SOUND_MS) * 1000.0;
  enum fact fact = signal == 0 && is_final(exit_code) ? SEEN_ENDED : is_sound ? SEEN_DIED_SOUND : SEEN_DIED;
  dog.exit_code = fact == SEEN_ENDED ? exit_code : 1;
  /* As if it had been told to. */
  if (dog.page->watched == 2) see(SEEN_STOP, 0);
  note((struct note){.fact = fact, .signal = signal, .exit_code = exit_code, .span_us = ran_us});
  dog.worker = 0;
  dog.was_ready = false;
  revoke_claims(dog.page);
  react(fact);
}

static void reap(void) {
  int status;
  for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == dog.worker) worker_ended(status);
  }
}

static void pass_on(int signal) {
  bool is_stop = signal == SIGTERM || (signal == SIGINT && dog.worker <= 0);
  if (is_stop && dog.is_watching) see(SEEN_STOP, 0);
  if (dog.worker > 0) kill(dog.worker, signal);
}

/* What stops and continues a process is left to the kernel. */
static void signals_of_interest(sigset_t *set) {
  static const int left[] = {SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
  sigfillset(set);
  for (size_t at = 0; at < sizeof left / sizeof *left; at++) sigdelset(set, left[at]);
}

static bool open_page(void) {
  /* For the configuration that is in force, which the worker writes. */
  dog.configuration_fd = memfd_create("relived-configuration", MFD_CLOEXEC);
  dog.page_fd = memfd_create("relived", MFD_CLOEXEC);
  if (dog.page_fd < 0 || ftruncate(dog.page_fd, sizeof(struct life_page)) != 0) return false;
  void *page = mmap(NULL, sizeof(struct life_page), PROT_READ | PROT_WRITE, MAP_SHARED, dog.page_fd, 0);
  if (page == MAP_FAILED) return false;
  dog.page = page;
  dog.page->magic = PAGE_MAGIC;
  char text[64];
  snprintf(text, sizeof text, "%d:%d:%d", (int)getpid(), dog.page_fd, dog.configuration_fd);
  return setenv(VARIABLE, text, 1) == 0;
}

/* Or until something else is to be done. 0: no signal has come. */
static int wait_for_signal(int signals, int64_t next_advert_us) {
  bool is_hurried = dog.has_leases || dog.pause_ends_us > 0;
  int64_t wait_us = (is_hurried ? SHORT_TICK_MS : TICK_MS) * INT64_C(1000);
  int64_t now = now_us(CLOCK_MONOTONIC);
  if (next_advert_us - now < wait_us) wait_us = next_advert_us > now ? next_advert_us - now : 0;
  struct timespec wait = {.tv_nsec = wait_us * 1000};
  struct pollfd heard[1 + MOST_EARS] = {{.fd = signals, .events = POLLIN}};
  ppoll(heard, 1 + (nfds_t)ears(heard + 1), &wait, NULL);
  struct signalfd_siginfo told;
  return read(signals, &told, sizeof told) == sizeof told ? (int)told.ssi_signo : 0;
}

void watch(char **argv) {
  unsetenv(VARIABLE);
  dog.argv = argv;
  dog.former_nice = getpriority(PRIO_PROCESS, 0);
  if (!open_page()) return;
  sigset_t interesting;
  signals_of_interest(&interesting);
  sigprocmask(SIG_BLOCK, &interesting, &dog.former_mask);
  react(SEEN_BEGUN);
  /* Descriptors that the first worker was handed: their ends are to be its own. */
  for (int fd = 3; fd < 64; fd++) {
    if (fd != dog.page_fd && fd != dog.configuration_fd) close(fd);
  }
  int signals = signalfd(-1, &interesting, SFD_CLOEXEC | SFD_NONBLOCK);
  int64_t next_tick_us = 0, next_advert_us = NEVER;
  while (!dog.has_ended) {
    int signal = wait_for_signal(signals, next_advert_us);
    if (dog.worker < 0) worker_ended(127 << 8);
    if (signal == SIGCHLD) reap();
    else if (signal > 0 && signal != SIGURG && signal != SIGPIPE) pass_on(signal);
    if (dog.has_ended) break;
    look_for_death();
    next_advert_us = announce();
    int64_t now = now_us(CLOCK_MONOTONIC);
    bool is_tick = now >= next_tick_us;
    if (is_tick) next_tick_us = now + TICK_MS * 1000;
    look(is_tick);
  }
  tell_service_manager();
  remove_pid_files();
  exit(dog.exit_code);
}
