// TCP connections that are made and closed again and again, each some time after the end of the one before, until one
// of them cannot be had. What follows from that is none of its business.
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <deque>
#include <map>
#include <memory>
#include <poll.h>
#include <set>
#include <sys/epoll.h>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

#include <napi.h>
#include <uv.h>

#include "connecting.h"

namespace {

// Of connections, in one turn of the event loop: others want theirs.
constexpr int kMostEnds = 64;
constexpr int kMostBeginnings = 32;
// Numbers of one end: token, stage, errno, microseconds that it took, connections before it.
constexpr size_t kEndNumbers = 5;
// Numbers that Read gives: connections, when the last one ended (-1: none has), how long it took, when the next one is due,
// whether that is under way.
constexpr size_t kStateNumbers = 5;

// In which part of connecting the end came.
enum Stage { kNoAnswer = 0, kBeforeConnect = 1, kAtConnect = 2, kAfterConnect = 3 };

int64_t NowUs() { return static_cast<int64_t>(uv_hrtime() / 1000); }

struct Repetition {
  SocketAddress to;
  ConnectOrigin origin;
  int64_t timeout_us;
  int64_t every_us;
  int64_t due_us;
  // -1: none is under way.
  int fd = -1;
  // It waits until fewer are under way.
  bool is_waiting = false;
  int64_t began_us = 0;
  int64_t ended_us = -1;
  int64_t took_us = 0;
  int64_t count = 0;
};

struct End {
  uint64_t token;
  Stage stage;
  int errnum;
  int64_t took_us;
  int64_t count;
};

// What is due in the same stretch of time is done with the first of it.
struct Stretch {
  int64_t at_us;
  std::vector<uint64_t> tokens;
};

// ConnectRepeater(stretchUs: number, limit: number, ends: Float64Array, ended: (count: number) => void).
// Times are those of CLOCK_MONOTONIC in microseconds.
class ConnectRepeater : public Napi::ObjectWrap<ConnectRepeater> {
 public:
  static void Define(Napi::Env env, Napi::Object exports) {
    exports.Set("ConnectRepeater",
                DefineClass(env, "ConnectRepeater",
                            {InstanceMethod<&ConnectRepeater::Begin>("begin"), InstanceMethod<&ConnectRepeater::Read>("read"),
                             InstanceMethod<&ConnectRepeater::Stop>("stop"), InstanceMethod<&ConnectRepeater::Close>("close")}));
  }

  explicit ConnectRepeater(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ConnectRepeater>(info) {
    Napi::Env env = info.Env();
    if (info.Length() < 4 || !info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsTypedArray() || !info[3].IsFunction())
      throw Napi::TypeError::New(env, "ConnectRepeater wants two numbers, a Float64Array and a function");
    if (napi_get_uv_event_loop(env, &loop_) != napi_ok) throw Napi::Error::New(env, "no event loop");
    stretch_us_ = std::max<int64_t>(1, info[0].As<Napi::Number>().Int64Value());
    limit_ = info[1].As<Napi::Number>().Uint32Value();
    ends_ = Napi::Persistent(info[2].As<Napi::Float64Array>());
    ended_ = Napi::Persistent(info[3].As<Napi::Function>());
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) throw SystemError(env, errno, "epoll_create1");
    context_ = std::make_unique<Napi::AsyncContext>(env, "relived:ConnectRepeater");
    poll_ = new uv_poll_t;
    timer_ = new uv_timer_t;
    uv_poll_init(loop_, poll_, epoll_);
    uv_timer_init(loop_, timer_);
    poll_->data = timer_->data = this;
    uv_poll_start(poll_, UV_READABLE, [](uv_poll_t* poll, int, int) { static_cast<ConnectRepeater*>(poll->data)->Turn(); });
    KeepAlive(false);
    // Until it is closed it must not be collected.
    Ref();
  }

 private:
  // begin(destination, port, source, sourcePort, device, mark, timeoutUs, everyUs, dueUs): token
  Napi::Value Begin(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    if (info.Length() < 9) throw Napi::TypeError::New(env, "begin wants nine arguments");
    auto number = [&](size_t at) { return info[at].As<Napi::Number>().Int64Value(); };
    auto text = [&](size_t at) { return info[at].As<Napi::String>().Utf8Value(); };
    SocketAddress to(env, text(0), static_cast<uint16_t>(number(1)));
    ConnectOrigin origin =
        OriginOf(env, to, text(2), static_cast<uint16_t>(number(3)), text(4), static_cast<uint32_t>(number(5)));
    uint64_t token = ++last_token_;
    repetitions_.emplace(token, Repetition{to, std::move(origin), number(6), number(7), number(8)});
    if (repetitions_.size() == 1) KeepAlive(true);
    Schedule(token, number(8));
    Arm();
    return Napi::Number::New(env, static_cast<double>(token));
  }

  // read(token, into: Float64Array): whether there is such a one.
  Napi::Value Read(const Napi::CallbackInfo& info) {
    auto found = repetitions_.find(static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value()));
    if (found == repetitions_.end()) return Napi::Boolean::New(info.Env(), false);
    const Repetition& it = found->second;
    Napi::Float64Array into = info[1].As<Napi::Float64Array>();
    if (into.ElementLength() < kStateNumbers) throw Napi::TypeError::New(info.Env(), "read wants room for five numbers");
    into[0] = static_cast<double>(it.count);
    into[1] = static_cast<double>(it.ended_us);
    into[2] = static_cast<double>(it.took_us);
    into[3] = static_cast<double>(it.due_us);
    into[4] = it.is_waiting || it.fd >= 0 ? 1 : 0;
    return Napi::Boolean::New(info.Env(), true);
  }

  // stop(token): a connection under way is given up.
  void Stop(const Napi::CallbackInfo& info) {
    auto found = repetitions_.find(static_cast<uint64_t>(info[0].As<Napi::Number>().Int64Value()));
    if (found == repetitions_.end()) return;
    Hang(found->first, found->second);
    Erase(found->first);
  }

  void Close(const Napi::CallbackInfo&) {
    if (poll_ == nullptr) return;
    for (auto& [token, it] : repetitions_) Hang(token, it);
    repetitions_.clear();
    uv_close(reinterpret_cast<uv_handle_t*>(poll_), [](uv_handle_t* handle) { delete reinterpret_cast<uv_poll_t*>(handle); });
    uv_close(reinterpret_cast<uv_handle_t*>(timer_), [](uv_handle_t* handle) { delete reinterpret_cast<uv_timer_t*>(handle); });
    poll_ = nullptr;
    timer_ = nullptr;
    close(epoll_);
    Unref();
  }

  void KeepAlive(bool wanted) {
    for (auto* handle : {reinterpret_cast<uv_handle_t*>(poll_), reinterpret_cast<uv_handle_t*>(timer_)}) {
      if (wanted) uv_ref(handle);
      else uv_unref(handle);
    }
  }

  void Erase(uint64_t token) {
    repetitions_.erase(token);
    if (repetitions_.empty()) KeepAlive(false);
  }

  void Schedule(uint64_t token, int64_t due_us) {
    auto [found, isNew] = stretches_.try_emplace(due_us / stretch_us_, Stretch{due_us, {}});
    Stretch& stretch = found->second;
    stretch.at_us = std::min(stretch.at_us, due_us);
    stretch.tokens.push_back(token);
  }

  void Turn() {
    Hear();
    int64_t now_us = NowUs();
    Expire(now_us);
    Collect(now_us);
    BeginWaiting();
    Tell();
    // Whoever was told may have closed it.
    if (poll_ != nullptr) Arm();
  }

  // What is left over is heard in the next turn of the loop.
  void Hear() {
    epoll_event events[kMostEnds];
    int count = epoll_wait(epoll_, events, kMostEnds, 0);
    for (int i = 0; i < count; ++i) {
      auto found = repetitions_.find(events[i].data.u64);
      if (found != repetitions_.end()) Ended(found->first, found->second, events[i].events & (EPOLLERR | EPOLLHUP));
    }
  }

  void Ended(uint64_t token, Repetition& it, bool has_failed) {
    int errnum = 0;
    socklen_t length = sizeof errnum;
    if (has_failed) getsockopt(it.fd, SOL_SOCKET, SO_ERROR, &errnum, &length);
    if (errnum != 0) Fail(token, it, kAfterConnect, errnum);
    else Pass(token, it);
  }

  void Pass(uint64_t token, Repetition& it) {
    Hang(token, it);
    it.ended_us = NowUs();
    it.took_us = it.ended_us - it.began_us;
    it.count += 1;
    it.due_us = it.ended_us + it.every_us;
    Schedule(token, it.due_us);
  }

  void Fail(uint64_t token, Repetition& it, Stage stage, int errnum) {
    Hang(token, it);
    told_.push_back({token, stage, errnum, NowUs() - it.began_us, it.count});
    Erase(token);
  }

  void Hang(uint64_t token, Repetition& it) {
    if (it.fd < 0) return;
    close(it.fd);
    it.fd = -1;
    under_way_ -= 1;
    deadlines_.erase({it.began_us + it.timeout_us, token});
  }

  // A process that did not run for a while must not take its own stall for a server's silence: one look more.
  void Expire(int64_t now_us) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now_us) {
      uint64_t token = deadlines_.begin()->second;
      Repetition& it = repetitions_.at(token);
      pollfd look{it.fd, POLLOUT, 0};
      if (poll(&look, 1, 0) > 0) Ended(token, it, look.revents & (POLLERR | POLLHUP));
      else Fail(token, it, kNoAnswer, ETIMEDOUT);
    }
  }

  void Collect(int64_t now_us) {
    while (!stretches_.empty() && stretches_.begin()->second.at_us <= now_us) {
      for (uint64_t token : stretches_.begin()->second.tokens) {
        auto found = repetitions_.find(token);
        if (found == repetitions_.end()) continue;
        found->second.is_waiting = true;
        waiting_.push_back(token);
      }
      stretches_.erase(stretches_.begin());
    }
  }

  void BeginWaiting() {
    for (int begun = 0; begun < kMostBeginnings && under_way_ < limit_ && !waiting_.empty();) {
      auto found = repetitions_.find(waiting_.front());
      waiting_.pop_front();
      if (found == repetitions_.end()) continue;
      begun += 1;
      Connect(found->first, found->second);
    }
  }

  void Connect(uint64_t token, Repetition& it) {
    it.is_waiting = false;
    it.began_us = NowUs();
    int fd = -1;
    ConnectFailure failure = StartConnecting(SOCK_STREAM, it.to, it.origin, &fd);
    if (failure.errnum != 0) {
      Fail(token, it, std::string_view(failure.syscall) == "connect" ? kAtConnect : kBeforeConnect, failure.errnum);
      return;
    }
    epoll_event event{};
    event.events = EPOLLOUT;
    event.data.u64 = token;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
      int errnum = errno;
      close(fd);
      Fail(token, it, kBeforeConnect, errnum);
      return;
    }
    it.fd = fd;
    under_way_ += 1;
    deadlines_.emplace(it.began_us + it.timeout_us, token);
  }

  void Tell() {
    if (told_.empty()) return;
    Napi::Env env = Env();
    Napi::HandleScope scope(env);
    std::vector<End> told;
    told.swap(told_);
    Napi::Float64Array ends = ends_.Value();
    size_t most = ends.ElementLength() / kEndNumbers;
    for (size_t from = 0; from < told.size(); from += most) {
      size_t count = std::min(most, told.size() - from);
      for (size_t i = 0; i < count; ++i) {
        const End& end = told[from + i];
        double numbers[kEndNumbers] = {static_cast<double>(end.token), static_cast<double>(end.stage), static_cast<double>(end.errnum),
                                       static_cast<double>(end.took_us), static_cast<double>(end.count)};
        for (size_t n = 0; n < kEndNumbers; ++n) ends[kEndNumbers * i + n] = numbers[n];
      }
      try {
        ended_.MakeCallback(Value(), {Napi::Number::New(env, static_cast<double>(count))}, *context_);
      } catch (const Napi::Error& error) {
        // An ordinary uncaught exception, not the end of the process by std::terminate.
        napi_fatal_exception(env, error.Value());
      }
    }
  }

  // The timer for what comes first; what ends is heard by itself.
  void Arm() {
    int64_t next_us = INT64_MAX;
    if (!waiting_.empty() && under_way_ < limit_) next_us = 0;
    if (!stretches_.empty()) next_us = std::min(next_us, stretches_.begin()->second.at_us);
    if (!deadlines_.empty()) next_us = std::min(next_us, deadlines_.begin()->first);
    if (next_us == INT64_MAX) {
      uv_timer_stop(timer_);
      return;
    }
    // The loop's own idea of the time is that of its turn's beginning.
    uv_update_time(loop_);
    int64_t left_us = std::max<int64_t>(0, next_us - NowUs());
    uv_timer_start(timer_, [](uv_timer_t* timer) { static_cast<ConnectRepeater*>(timer->data)->Turn(); },
                   static_cast<uint64_t>((left_us + 999) / 1000), 0);
  }

  uv_loop_t* loop_ = nullptr;
  int64_t stretch_us_ = 1;
  uint32_t limit_ = 1;
  Napi::Reference<Napi::Float64Array> ends_;
  Napi::FunctionReference ended_;
  std::unique_ptr<Napi::AsyncContext> context_;
  int epoll_ = -1;
  uv_poll_t* poll_ = nullptr;
  uv_timer_t* timer_ = nullptr;
  uint64_t last_token_ = 0;
  uint32_t under_way_ = 0;
  std::unordered_map<uint64_t, Repetition> repetitions_;
  // By their number; tokens of those that were stopped are passed over.
  std::map<int64_t, Stretch> stretches_;
  std::deque<uint64_t> waiting_;
  std::set<std::pair<int64_t, uint64_t>> deadlines_;
  std::vector<End> told_;
};

}  // namespace

void InitConnectRepeater(Napi::Env env, Napi::Object exports) { ConnectRepeater::Define(env, exports); }
