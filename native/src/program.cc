// Programs of others: started as another user, in a process group of their own, and waited for by a pidfd.
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <grp.h>
#include <memory>
#include <pthread.h>
#include <sched.h>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include <napi.h>

#include "system-error.h"

namespace {

constexpr rlim_t kUsualOpenFiles = 1024;
constexpr int kSignals = 65;
constexpr unsigned kCloseRangeCloexec = 1u << 2;

struct Request {
  std::string path;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  int niceness = 0;
  bool keep_output = false;
};

// What the child tells its parent: they share their memory until the program runs.
struct Failure {
  volatile int number = 0;
  const char* volatile call = nullptr;
};

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (auto& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Everything that the child needs, made before it exists: it may not allocate.
struct Prepared {
  explicit Prepared(Request& request)
      : request(request), argv(Pointers(request.arguments)), envp(Pointers(request.environment)) {
    // What has neither a known format nor an interpreter is read by a shell, as system(3) would do.
    shell_argv.push_back(shell.data());
    shell_argv.push_back(request.path.data());
    for (size_t i = 1; i < argv.size(); i++) shell_argv.push_back(argv[i]);
  }
  Request& request;
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::string shell = "/bin/sh";
  std::vector<char*> shell_argv;
  int null_fd = -1;
  int output_fd = -1;
};

[[noreturn]] void Fail(Failure* failure, const char* call) {
  failure->number = errno;
  failure->call = call;
  _exit(127);
}

// Runs in the child, on its parent's memory. System calls are made raw where glibc would do the same to all threads
// of the parent (setuid and its like).
[[noreturn]] void RunChild(Prepared& prepared, Failure* failure) {
  const Request& request = prepared.request;
  struct sigaction by_default {};
  by_default.sa_handler = SIG_DFL;
  for (int number = 1; number < kSignals; number++) sigaction(number, &by_default, nullptr);
  if (setpgid(0, 0) != 0) Fail(failure, "setpgid");

  struct sched_param ordinary {};
  if (sched_getscheduler(0) != SCHED_OTHER) sched_setscheduler(0, SCHED_OTHER, &ordinary);
  setpriority(PRIO_PROCESS, 0, request.niceness);
  struct rlimit limit {};
  // Node raises this one for itself; some programs close every number up to it.
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > kUsualOpenFiles) {
    limit.rlim_cur = kUsualOpenFiles;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  limit.rlim_cur = limit.rlim_max = RLIM_INFINITY;
  setrlimit(RLIMIT_RTTIME, &limit);

  if (dup2(prepared.null_fd, STDIN_FILENO) < 0 || dup2(prepared.output_fd, STDOUT_FILENO) < 0 ||
      dup2(prepared.output_fd, STDERR_FILENO) < 0)
    Fail(failure, "dup2");
  // Whatever was opened without O_CLOEXEC by somebody else. Kernels before 5.11 do not know the call.
  syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, kCloseRangeCloexec);

  const bool other_group = request.gid != getegid();
  const bool other_user = request.uid != geteuid();
  if (syscall(SYS_setgroups, request.groups.size(), request.groups.data()) != 0 &&
      (errno != EPERM || other_user || other_group))
    Fail(failure, "setgroups");
  if (other_group && syscall(SYS_setgid, request.gid) != 0) Fail(failure, "setgid");
  if (other_user && syscall(SYS_setuid, request.uid) != 0) Fail(failure, "setuid");
  // After the change of user, which takes it back.
  prctl(PR_SET_PDEATHSIG, SIGTERM);

  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(request.path.c_str(), prepared.argv.data(), prepared.envp.data());
  if (errno == ENOEXEC) execve("/bin/sh", prepared.shell_argv.data(), prepared.envp.data());
  Fail(failure, "execve");
}

// vfork on a thread of libuv's: the child has the memory of its parent instead of a copy of its page tables, and only
// that thread waits until the program is read from the disk.
class Starter : public Napi::AsyncWorker {
 public:
  Starter(Napi::Env env, Request request)
      : Napi::AsyncWorker(env, "relived:startProgram"),
        request_(std::move(request)),
        deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise Promise() const { return deferred_.Promise(); }

 protected:
  void Execute() override {
    Prepared prepared(request_);
    prepared.null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (prepared.null_fd < 0) return Failed(errno, "open");
    int ends[2] = {-1, -1};
    if (request_.keep_output && pipe2(ends, O_CLOEXEC) != 0) {
      Failed(errno, "pipe2");
    } else {
      prepared.output_fd = request_.keep_output ? ends[1] : prepared.null_fd;
      // Only our end: a program does not expect that its output can be refused for a moment.
      if (request_.keep_output) fcntl(ends[0], F_SETFL, O_NONBLOCK);
      Launch(prepared);
    }
    close(prepared.null_fd);
    if (ends[1] >= 0) close(ends[1]);
    if (pid_ > 0) output_ = ends[0];
    else if (ends[0] >= 0) close(ends[0]);
  }

  void OnOK() override {
    if (number_ != 0) {
      deferred_.Reject(SystemError(Env(), number_, call_).Value());
      return;
    }
    Napi::Object result = Napi::Object::New(Env());
    result.Set("pid", Napi::Number::New(Env(), pid_));
    result.Set("exitFd", Napi::Number::New(Env(), pidfd_));
    result.Set("outputFd", Napi::Number::New(Env(), output_));
    deferred_.Resolve(result);
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

 private:
  void Failed(int number, const char* call) {
    number_ = number;
    call_ = call;
  }

  void Launch(Prepared& prepared) {
    // No handler may run in the child before all are reset: it would run on the parent's memory.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    Failure failure;
    pid_t pid = vfork();
    if (pid == 0) RunChild(prepared, &failure);
    int forked = errno;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (pid < 0) return Failed(forked, "vfork");
    int number = failure.number;
    int pidfd = -1;
    if (number == 0) {
      pidfd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
      if (pidfd < 0) {
        Failed(errno, "pidfd_open");
        kill(-pid, SIGKILL);
      }
    } else {
      Failed(number, failure.call);
    }
    if (pidfd < 0) {
      while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
      }
      return;
    }
    pid_ = pid;
    pidfd_ = pidfd;
  }

  Request request_;
  Napi::Promise::Deferred deferred_;
  pid_t pid_ = -1;
  int pidfd_ = -1;
  int output_ = -1;
  int number_ = 0;
  const char* call_ = "";
};

std::vector<std::string> Strings(const Napi::Object& options, const char* key) {
  Napi::Array array = options.Get(key).As<Napi::Array>();
  std::vector<std::string> strings;
  for (uint32_t i = 0; i < array.Length(); i++) strings.push_back(array.Get(i).As<Napi::String>().Utf8Value());
  return strings;
}

// startProgram({path, arguments, environment, uid, gid, groups, niceness, keepOutput}):
//   Promise<{pid, exitFd, outputFd}>
Napi::Value StartProgram(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsObject()) throw Napi::TypeError::New(env, "startProgram wants an object");
  Napi::Object options = info[0].As<Napi::Object>();
  Request request;
  request.path = options.Get("path").As<Napi::String>().Utf8Value();
  request.arguments = Strings(options, "arguments");
  request.environment = Strings(options, "environment");
  request.uid = options.Get("uid").As<Napi::Number>().Uint32Value();
  request.gid = options.Get("gid").As<Napi::Number>().Uint32Value();
  Napi::Array groups = options.Get("groups").As<Napi::Array>();
  for (uint32_t i = 0; i < groups.Length(); i++)
    request.groups.push_back(groups.Get(i).As<Napi::Number>().Uint32Value());
  request.niceness = options.Get("niceness").As<Napi::Number>().Int32Value();
  request.keep_output = options.Get("keepOutput").As<Napi::Boolean>().Value();
  auto* starter = new Starter(env, std::move(request));
  Napi::Promise promise = starter->Promise();
  starter->Queue();
  return promise;
}

// reapProgram(pid: number): {code, signal} | null
Napi::Value ReapProgram(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 1 || !info[0].IsNumber()) throw Napi::TypeError::New(env, "reapProgram wants a number");
  int status = 0;
  pid_t pid = waitpid(info[0].As<Napi::Number>().Int32Value(), &status, WNOHANG);
  if (pid < 0) throw SystemError(env, errno, "waitpid");
  if (pid == 0) return env.Null();
  Napi::Object result = Napi::Object::New(env);
  bool killed = WIFSIGNALED(status);
  result.Set("code", killed ? env.Null() : Napi::Number::New(env, WEXITSTATUS(status)));
  result.Set("signal", killed ? Napi::Number::New(env, WTERMSIG(status)) : env.Null());
  return result;
}

// readOutput(fd: number, into: Uint8Array): number, -1 if nothing waits, 0 at the end
Napi::Value ReadOutput(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsNumber() || !info[1].IsTypedArray())
    throw Napi::TypeError::New(env, "readOutput(fd, into) wants a number and a Uint8Array");
  Napi::Uint8Array into = info[1].As<Napi::Uint8Array>();
  ssize_t length;
  do {
    length = read(info[0].As<Napi::Number>().Int32Value(), into.Data(), into.ByteLength());
  } while (length < 0 && errno == EINTR);
  if (length < 0 && errno != EAGAIN && errno != EWOULDBLOCK) throw SystemError(env, errno, "read");
  return Napi::Number::New(env, static_cast<double>(length));
}

}  // namespace

void InitProgram(Napi::Env env, Napi::Object exports) {
  exports.Set("startProgram", Napi::Function::New(env, StartProgram));
  exports.Set("reapProgram", Napi::Function::New(env, ReapProgram));
  exports.Set("readOutput", Napi::Function::New(env, ReadOutput));
}
