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
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "held.h"
#include "starter.h"
#include "worker.h"
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
  struct silence silence;
  /* The first worker that asked for it has been seen. */
  bool is_watching;
  bool was_ready;
  /* The thread that repeats its adverts is dead: so will be the rest of it. */
  bool is_dying;
  /* A dead worker was master of something that nobody has taken its part in yet. */
  bool has_leases;
  bool has_ended;
  int exit_code;
  /* Of the addresses; -1: not known. */
  int namespace;
  char **argv;
  sigset_t former_mask;
  int former_nice;
} dog = {.page_fd = -1, .namespace = -1};

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
  dog.silence = (struct silence)NO_SILENCE;
  dog.began_us = now_us(CLOCK_MONOTONIC);
  hand_on_configuration();
  dog.worker = fork();
  if (dog.worker == 0) become_worker(self);
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

static void look_for_life(bool is_tick) {
  unsigned allowed_ms = dog.page->ready ? milliseconds(HANG_VARIABLE, HANG_MS) : START_HANG_MS;
  if (!is_silent_for(&dog.silence, dog.page, dog.worker, is_tick ? TICK_MS : 0, allowed_ms)) return;
  see(SEEN_HUNG, allowed_ms * 1000.0);
}

/* The namespace is that in which the addresses are. */
static void take_part(void) {
  take_pid_files(dog.page, dog.worker);
  if (dog.namespace >= 0) return;
  char place[64];
  snprintf(place, sizeof place, "/proc/%d/ns/net", (int)dog.worker);
  dog.namespace = open(place, O_RDONLY | O_CLOEXEC);
}

/* The first time that the worker asks for it. What the first one was given later ones cannot have. */
static void begin_to_watch(void) {
  dog.is_watching = true;
  await_death(dog.page);
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
  tell_service_manager(dog.page);
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
  tell_service_manager(dog.page);
  remove_pid_files();
  exit(dog.exit_code);
}
