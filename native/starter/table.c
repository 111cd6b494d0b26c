/* The kernel's table of virtual servers (IPVS) by generic netlink: whether it is empty, and the requests of a plan. */
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "starter.h"

enum {
  /* Of a service or a server; the longest has less than half of it. */
  MOST_PAYLOAD = 512,
  /* Requests in one datagram: the kernel carries them out before sendto returns. */
  BATCH = 64,
  ANSWER_BYTES = 32768,
  MODPROBE_MS = 2000,
};

struct kernel {
  int socket;
  uint16_t family;
  uint32_t sequence;
  /* What waits to be sent. */
  unsigned char batch[BATCH * (MOST_PAYLOAD + NLMSG_HDRLEN)];
  size_t length;
  unsigned count;
};

/* One at a time, and too large for a stack. */
static struct kernel kernel;

static bool open_socket(const char *namespace, struct reason *why) {
  if (namespace != NULL) {
    int there = open(namespace, O_RDONLY | O_CLOEXEC);
    /* This process does nothing but this, and nobody follows it there. */
    if (there < 0 || setns(there, CLONE_NEWNET) != 0) return refuse(why, "%s: %s", namespace, strerror(errno));
    close(there);
  }
  kernel.socket = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
  if (kernel.socket < 0) return refuse(why, "netlink: %s", strerror(errno));
  /* The kernel answers while it is asked; whoever would wait longer is lost. */
  struct timeval patience = {.tv_sec = 1};
  setsockopt(kernel.socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return true;
}

static void *append(uint16_t type, uint16_t flags, const void *payload, size_t length) {
  struct nlmsghdr *head = (struct nlmsghdr *)(kernel.batch + kernel.length);
  memset(head, 0, NLMSG_SPACE(length));
  *head = (struct nlmsghdr){
    .nlmsg_len = (uint32_t)NLMSG_LENGTH(length),
    .nlmsg_type = type,
    .nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST),
    .nlmsg_seq = ++kernel.sequence,
  };
  memcpy(NLMSG_DATA(head), payload, length);
  kernel.length += NLMSG_SPACE(length);
  kernel.count++;
  return NLMSG_DATA(head);
}

static bool send_batch(void) {
  static const struct sockaddr_nl to = {.nl_family = AF_NETLINK};
  size_t length = kernel.length;
  kernel.length = kernel.count = 0;
  return sendto(kernel.socket, kernel.batch, length, 0, (const struct sockaddr *)&to, sizeof to) == (ssize_t)length;
}

/* What is heard of a question: each answer, until `hear` has had enough. Errors of `recv` are answers, too. */
typedef bool hear(const struct nlmsghdr *answer, void *of);

static int listen_to_kernel(hear *heard, void *of) {
  static unsigned char answers[ANSWER_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));
  for (;;) {
    ssize_t count = recv(kernel.socket, answers, sizeof answers, 0);
    if (count <= 0) return count < 0 ? errno : EIO;
    struct nlmsghdr *answer = (struct nlmsghdr *)answers;
    for (size_t left = (size_t)count; NLMSG_OK(answer, left); answer = NLMSG_NEXT(answer, left)) {
      if (!heard(answer, of)) return 0;
    }
  }
}

static int error_of(const struct nlmsghdr *answer) {
  return -((const struct nlmsgerr *)NLMSG_DATA(answer))->error;
}

struct family_heard {
  uint16_t family;
  int error;
};

static bool hear_family(const struct nlmsghdr *answer, void *of) {
  struct family_heard *heard = of;
  if (answer->nlmsg_type == NLMSG_ERROR) {
    heard->error = error_of(answer);
    return false;
  }
  const char *at = (const char *)NLMSG_DATA(answer) + GENL_HDRLEN, *end = (const char *)answer + answer->nlmsg_len;
  while (at + NLA_HDRLEN <= end) {
    const struct nlattr *attribute = (const struct nlattr *)at;
    if (attribute->nla_len < NLA_HDRLEN || at + attribute->nla_len > end) break;
    if (attribute->nla_type == CTRL_ATTR_FAMILY_ID && attribute->nla_len >= NLA_HDRLEN + sizeof heard->family)
      memcpy(&heard->family, at + NLA_HDRLEN, sizeof heard->family);
    at += NLA_ALIGN(attribute->nla_len);
  }
  return true;
}

/* 0: the kernel has no IPVS, or has it in a module that is not there yet. */
static uint16_t ask_family(void) {
  unsigned char payload[GENL_HDRLEN + NLA_HDRLEN + NLA_ALIGN(sizeof IPVS_GENL_NAME)] = {CTRL_CMD_GETFAMILY, 1};
  struct nlattr name = {.nla_len = NLA_HDRLEN + sizeof IPVS_GENL_NAME, .nla_type = CTRL_ATTR_FAMILY_NAME};
  memcpy(payload + GENL_HDRLEN, &name, sizeof name);
  memcpy(payload + GENL_HDRLEN + NLA_HDRLEN, IPVS_GENL_NAME, sizeof IPVS_GENL_NAME);
  append(GENL_ID_CTRL, NLM_F_ACK, payload, sizeof payload);
  struct family_heard heard = {0, 0};
  return send_batch() && listen_to_kernel(hear_family, &heard) == 0 && heard.error == 0 ? heard.family : 0;
}

/* As the daemon does (src/effects/ipvs/module.ts). */
static void load_module(void) {
  pid_t child = fork();
  if (child == 0) {
    execlp("modprobe", "modprobe", "-q", "ip_vs", (char *)NULL);
    _exit(127);
  }
  if (child < 0) return;
  int exits = (int)syscall(SYS_pidfd_open, child, 0);
  struct pollfd ended = {.fd = exits, .events = POLLIN};
  if (exits < 0 || poll(&ended, 1, MODPROBE_MS) <= 0) kill(child, SIGKILL);
  if (exits >= 0) close(exits);
  waitpid(child, NULL, 0);
}

static bool hear_service(const struct nlmsghdr *answer, void *of) {
  if (answer->nlmsg_type == NLMSG_DONE || answer->nlmsg_type == NLMSG_ERROR) {
    if (error_of(answer) != 0) *(int *)of = -error_of(answer);
    return false;
  }
  ++*(int *)of;
  return true;
}

static bool is_empty(struct reason *why) {
  const unsigned char question[GENL_HDRLEN] = {IPVS_CMD_GET_SERVICE, IPVS_GENL_VERSION};
  append(kernel.family, NLM_F_DUMP, question, sizeof question);
  int found = 0;
  int error = send_batch() ? listen_to_kernel(hear_service, &found) : errno;
  if (error != 0 || found < 0) return refuse(why, "the table cannot be read: %s", strerror(error != 0 ? error : -found));
  return found == 0 || refuse(why, "the table is not empty");
}

static int digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

/* A request of the plan, which is of this kind and no other; 0 if it is malformed. */
static size_t payload_of(const char *hex, unsigned char command, unsigned char payload[MOST_PAYLOAD]) {
  size_t length = strlen(hex) / 2;
  if (strlen(hex) % 2 != 0 || length <= GENL_HDRLEN || length > MOST_PAYLOAD) return 0;
  for (size_t at = 0; at < length; at++) {
    int high = digit(hex[2 * at]), low = digit(hex[2 * at + 1]);
    if (high < 0 || low < 0) return 0;
    payload[at] = (unsigned char)(high << 4 | low);
  }
  return payload[0] == command && payload[1] == IPVS_GENL_VERSION ? length : 0;
}

struct refusal {
  uint32_t last;
  int error;
};

/* The kernel answers what it refuses, and the last request of a batch in any case. */
static bool hear_refusal(const struct nlmsghdr *answer, void *of) {
  struct refusal *heard = of;
  if (answer->nlmsg_type != NLMSG_ERROR) return true;
  if (error_of(answer) != 0 && heard->error == 0) heard->error = error_of(answer);
  return answer->nlmsg_seq != heard->last;
}

static int carry_out(void) {
  struct refusal heard = {kernel.sequence, 0};
  int error = send_batch() ? listen_to_kernel(hear_refusal, &heard) : errno;
  return error != 0 ? error : heard.error;
}

/* All lines of one kind, in their order. Gives 0, or the errno of what was refused first. */
static int carry_out_all(const struct plan *plan, const char *kind, unsigned char command, unsigned *count) {
  unsigned char payload[MOST_PAYLOAD];
  char *last = NULL;
  for (char *line = NULL; (line = plan_next(plan, line)) != NULL;) {
    if (plan_value(line, kind) != NULL) last = line;
  }
  for (char *line = NULL; last != NULL && (line = plan_next(plan, line)) != NULL;) {
    const char *hex = plan_value(line, kind);
    if (hex == NULL) continue;
    size_t length = payload_of(hex, command, payload);
    if (length == 0) return EBADMSG;
    bool is_full = kernel.count + 1 == BATCH || line == last;
    append(kernel.family, is_full ? NLM_F_ACK : 0, payload, length);
    ++*count;
    int error = is_full ? carry_out() : 0;
    if (error != 0) return error;
  }
  return 0;
}

/* One after the other: somebody else may have taken one away. */
static void remove_services(const struct plan *plan) {
  unsigned char payload[MOST_PAYLOAD];
  /* What was to be asked for with something malformed behind it. */
  kernel.length = kernel.count = 0;
  for (char *line = NULL; (line = plan_next(plan, line)) != NULL;) {
    const char *hex = plan_value(line, "service");
    size_t length = hex == NULL ? 0 : payload_of(hex, IPVS_CMD_NEW_SERVICE, payload);
    if (length == 0) continue;
    /* Of the attributes the kernel looks at those that name the service. */
    payload[0] = IPVS_CMD_DEL_SERVICE;
    append(kernel.family, NLM_F_ACK, payload, length);
    carry_out();
  }
}

bool table_set(const struct plan *plan, struct counts *counts, struct reason *why) {
  if (!open_socket(plan_find(plan, "namespace"), why)) return false;
  kernel.family = ask_family();
  if (kernel.family == 0) {
    load_module();
    kernel.family = ask_family();
  }
  if (kernel.family == 0) return refuse(why, "this kernel has no IPVS");
  if (!is_empty(why)) return false;
  *counts = (struct counts){0, 0};
  int error = carry_out_all(plan, "service", IPVS_CMD_NEW_SERVICE, &counts->services);
  /* Somebody else is setting the table: nothing of it may be ours. */
  if (error == EEXIST) return refuse(why, "the table was set by somebody else meanwhile");
  if (error == 0) error = carry_out_all(plan, "server", IPVS_CMD_NEW_DEST, &counts->servers);
  if (error == 0) return true;
  remove_services(plan);
  return refuse(why, "the kernel refused the table: %s", strerror(error));
}

void table_withdraw(const struct plan *plan) { remove_services(plan); }
