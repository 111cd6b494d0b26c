// TCP connections that are made again and again, each some time after the end of the one before, with a request and its
// answer on them if there is one. Answers are judged by whoever asked for them; what else ends a repetition is told.
#include <algorithm>
#include <cerrno>
#include <cmath>
#include <deque>
#include <memory>
#include <poll.h>
#include <set>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unordered_map>
#include <utility>
#include <vector>

#include <napi.h>
#include <uv.h>

#include "repetition.h"
#include "shared-answers.h"
#include "stretches.h"

namespace {

// Of connections, in one turn of the event loop: others want theirs.
constexpr int kMostEnds = 64;
constexpr int kMostBeginnings = 32;
// Numbers that Read gives: connections, when the last one ended (-1: none has), how long it took, when the next one is due,
// whether that is under way.
constexpr size_t kStateNumbers = 5;

// Bytes and pieces of an answer.
constexpr size_t kLongestAnswer = 64 * 1024;
constexpr size_t kMostPieces = 256;

int64_t NowUs() { return static_cast<int64_t>(uv_hrtime() / 1000); }

// ExchangeRepeater(stretchUs: number, limit: number, {ends, tokens, bytes, pieces, verdicts},
//                  ended: (count: number) => void, answered: (count: number) => void).
// Times are those of CLOCK_MONOTONIC in microseconds.
class ExchangeRepeater : public Napi::ObjectWrap<ExchangeRepeater> {
 public:
  static void Define(Napi::Env env, Napi::Object exports) {
    exports.Set("ExchangeRepeater",
                DefineClass(env, "ExchangeRepeater",
                            {InstanceMethod<&ExchangeRepeater::Begin>("begin"), InstanceMethod<&ExchangeRepeater::Read>("read"),
                             InstanceMethod<&ExchangeRepeater::Stop>("stop"), InstanceMethod<&ExchangeRepeater::Close>("close")}));
  }

  explicit ExchangeRepeater(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ExchangeRepeater>(info) {
    Napi::Env env = info.Env();
    if (info.Length() < 5 || !info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsObject() || !info[3].IsFunction() ||
        !info[4].IsFunction())
      throw Napi::TypeError::New(env, "ExchangeRepeater wants two numbers, an object of arrays and two functions");
    if (napi_get_uv_event_loop(env, &loop_) != napi_ok) throw Napi::Error::New(env, "no event loop");
    stretches_ = Stretches(info[0].As<Napi::Number>().Int64Value());
    limit_ = info[1].As<Napi::Number>().Uint32Value();
    shared_ = std::make_unique<SharedAnswers>(info[2].As<Napi::Object>());
    ended_ = Napi::Persistent(info[3].As<Napi::Function>());
    answered_ = Napi::Persistent(info[4].As<Napi::Function>());
    epoll_ = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ < 0) throw SystemError(env, errno, "epoll_create1");
    context_ = std::make_unique<Napi::AsyncContext>(env, "relived:ExchangeRepeater");
    poll_ = new uv_poll_t;
    timer_ = new uv_timer_t;
    uv_poll_init(loop_, poll_, epoll_);
    uv_timer_init(loop_, timer_);
    poll_->data = timer_->data = this;
    uv_poll_start(poll_, UV_READABLE, [](uv_poll_t* poll, int, int) { static_cast<ExchangeRepeater*>(poll->data)->Turn(); });
    KeepAlive(false);
    // Until it is closed it must not be collected.
    Ref();
  }

 private:
  // begin(destination, port, source, sourcePort, device, mark, timeoutUs, everyUs, dueUs, request: Uint8Array,
  //       longestAnswerTimeouts): token
  Napi::Value Begin(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    if (info.Length() < 11 || !info[9].IsTypedArray()) throw Napi::TypeError::New(env, "begin wants eleven arguments");
    auto number = [&](size_t at) { return info[at].As<Napi::Number>().Int64Value(); };
    auto text = [&](size_t at) { return info[at].As<Napi::String>().Utf8Value(); };
    SocketAddress to(env, text(0), static_cast<uint16_t>(number(1)));
    ConnectOrigin origin =
        OriginOf(env, to, text(2), static_cast<uint16_t>(number(3)), text(4), static_cast<uint32_t>(number(5)));
    uint64_t token = ++last_token_;
    Napi::Uint8Array request = info[9].As<Napi::Uint8Array>();
    Repetition repetition{};
    repetition.to = to;
    repetition.origin = std::move(origin);
    repetition.request.assign(reinterpret_cast<const char*>(request.Data()), request.ByteLength());
    repetition.timeout_us = number(6);
    repetition.every_us = number(7);
    repetition.due_us = number(8);
    repetition.longest_answer_timeouts = number(10);
    repetitions_.emplace(token, std::move(repetition));
    if (repetitions_.size() == 1) KeepAlive(true);
    stretches_.Add(token, number(8));
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
    into[4] = it.is_waiting || it.is_judged || it.fd >= 0 ? 1 : 0;
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

  void Turn() {
    Hear();
    int64_t now_us = NowUs();
    Expire(now_us);
    Collect(now_us);
    BeginWaiting();
    Ask();
    Tell();
    // Whoever was asked or told may have closed it.
    if (poll_ != nullptr) Arm();
  }

  // What is left over is heard in the next turn of the loop.
  void Hear() {
    epoll_event events[kMostEnds];
    int count = epoll_wait(epoll_, events, kMostEnds, 0);
    for (int i = 0; i < count; ++i) {
      auto found = repetitions_.find(events[i].data.u64);
      if (found != repetitions_.end()) Heard(found->first, found->second, events[i].events);
    }
  }

  void Heard(uint64_t token, Repetition& it, uint32_t events) {
    if (it.fd < 0) return;
    if (!it.is_connected) {
      int errnum = 0;
      socklen_t length = sizeof errnum;
      if (events & (EPOLLERR | EPOLLHUP)) getsockopt(it.fd, SOL_SOCKET, SO_ERROR, &errnum, &length);
      if (errnum != 0) {
        Fail(token, it, kAfterConnect, errnum);
        return;
      }
      if (it.request.empty()) {
        Pass(token, it);
        return;
      }
      if (!Request(token, it)) return;
    }
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) Receive(token, it);
  }

  bool Request(uint64_t token, Repetition& it) {
    it.is_connected = true;
    int64_t now_us = NowUs();
    it.answer_ends_us = now_us + it.longest_answer_timeouts * it.timeout_us;
    Postpone(token, it, now_us);
    ssize_t sent = send(it.fd, it.request.data(), it.request.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    // The buffer of a new connection has room for any line of a configuration.
    if (sent == static_cast<ssize_t>(it.request.size())) return true;
    Fail(token, it, kSend, sent < 0 ? errno : ENOBUFS);
    return false;
  }

  // Until nothing waits: what has come is told once.
  void Receive(uint64_t token, Repetition& it) {
    for (;;) {
      ssize_t length = recv(it.fd, scratch_, sizeof scratch_, MSG_DONTWAIT);
      if (length < 0 && errno == EINTR) continue;
      if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
      if (length < 0) {
        Fail(token, it, kRead, errno);
        return;
      }
      int64_t now_us = NowUs();
      if (length == 0) {
        Hang(token, it);
        it.ended_us = now_us;
        it.took_us = now_us - it.began_us;
        it.is_judged = true;
        answered_tokens_.push_back(token);
        return;
      }
      it.answer.append(scratch_, static_cast<size_t>(length));
      it.pieces.push_back(static_cast<uint32_t>(length));
      if (it.answer.size() > kLongestAnswer || it.pieces.size() > kMostPieces) {
        Fail(token, it, kTooMuch, 0);
        return;
      }
      Postpone(token, it, now_us);
    }
  }

  // Each piece has its own time, all of them together have one, too.
  void Postpone(uint64_t token, Repetition& it, int64_t now_us) {
    deadlines_.erase({it.deadline_us, token});
    it.deadline_us = std::min(now_us + it.timeout_us, it.answer_ends_us);
    deadlines_.emplace(it.deadline_us, token);
  }

  void Pass(uint64_t token, Repetition& it) {
    Hang(token, it);
    it.ended_us = NowUs();
    Passed(token, it);
  }

  void Passed(uint64_t token, Repetition& it) {
    it.took_us = it.ended_us - it.began_us;
    it.count += 1;
    it.due_us = it.ended_us + it.every_us;
    stretches_.Add(token, it.due_us);
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
    deadlines_.erase({it.deadline_us, token});
  }

  // A process that did not run for a while must not take its own stall for a server's silence: one look more.
  void Expire(int64_t now_us) {
    while (!deadlines_.empty() && deadlines_.begin()->first <= now_us) {
      uint64_t token = deadlines_.begin()->second;
      Repetition& it = repetitions_.at(token);
      int64_t deadline_us = it.deadline_us;
      pollfd look{it.fd, static_cast<short>(it.is_connected ? POLLIN | POLLRDHUP : POLLOUT), 0};
      if (poll(&look, 1, 0) > 0) Heard(token, it, static_cast<uint32_t>(look.revents));
      auto found = repetitions_.find(token);
      if (found == repetitions_.end() || found->second.fd < 0 || found->second.deadline_us > deadline_us) continue;
      Fail(token, found->second, LateStage(found->second), ETIMEDOUT);
    }
  }

  static Stage LateStage(const Repetition& it) {
    if (!it.is_connected) return kNoAnswer;
    return it.pieces.empty() ? kSilent : kUnfinished;
  }

  void Collect(int64_t now_us) {
    stretches_.TakeDue(now_us, [this](uint64_t token) {
      auto found = repetitions_.find(token);
      if (found == repetitions_.end()) return;
      found->second.is_waiting = true;
      waiting_.push_back(token);
    });
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
    it.is_connected = false;
    std::string().swap(it.answer);
    it.pieces.clear();
    it.began_us = NowUs();
    int fd = -1;
    ConnectFailure failure = StartConnecting(SOCK_STREAM, it.to, it.origin, &fd);
    if (failure.errnum != 0) {
      Fail(token, it, std::string_view(failure.syscall) == "connect" ? kAtConnect : kBeforeConnect, failure.errnum);
      return;
    }
    epoll_event event{};
    event.events = it.request.empty() ? EPOLLOUT : EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u64 = token;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
      int errnum = errno;
      close(fd);
      Fail(token, it, kBeforeConnect, errnum);
      return;
    }
    it.fd = fd;
    under_way_ += 1;
    it.deadline_us = it.began_us + it.timeout_us;
    deadlines_.emplace(it.deadline_us, token);
  }

  // Whoever asked for them judges answers, as many at a time as there is room for.
  void Ask() {
    if (answered_tokens_.empty()) return;
    Napi::Env env = Env();
    Napi::HandleScope scope(env);
    std::vector<uint64_t> tokens;
    tokens.swap(answered_tokens_);
    for (size_t next = 0; next < tokens.size();) {
      std::vector<uint64_t> asked;
      shared_->Clear();
      for (; next < tokens.size(); ++next) {
        auto found = repetitions_.find(tokens[next]);
        if (found == repetitions_.end()) continue;
        if (!shared_->Add(tokens[next], found->second)) break;
        asked.push_back(tokens[next]);
      }
      if (!asked.empty()) Call(answered_, asked.size());
      for (size_t i = 0; i < asked.size(); ++i) Judged(asked[i], shared_->HasPassed(i));
    }
  }

  void Judged(uint64_t token, bool has_passed) {
    auto found = repetitions_.find(token);
    if (found == repetitions_.end()) return;
    found->second.is_judged = false;
    // What has not passed was ended by whoever judged it.
    if (has_passed) Passed(token, found->second);
    else Erase(token);
  }

  void Call(const Napi::FunctionReference& function, size_t count) {
    try {
      function.MakeCallback(Value(), {Napi::Number::New(Env(), static_cast<double>(count))}, *context_);
    } catch (const Napi::Error& error) {
      // An ordinary uncaught exception, not the end of the process by std::terminate.
      napi_fatal_exception(Env(), error.Value());
    }
  }

  void Tell() {
    if (told_.empty()) return;
    Napi::Env env = Env();
    Napi::HandleScope scope(env);
    std::vector<End> told;
    told.swap(told_);
    for (size_t from = 0; from < told.size();) {
      size_t count = shared_->Tell(&told[from], told.size() - from);
      Call(ended_, count);
      from += count;
    }
  }

  // The timer for what comes first; what ends is heard by itself.
  void Arm() {
    int64_t next_us = INT64_MAX;
    if (!waiting_.empty() && under_way_ < limit_) next_us = 0;
    next_us = std::min(next_us, stretches_.NextUs());
    if (!deadlines_.empty()) next_us = std::min(next_us, deadlines_.begin()->first);
    if (next_us == INT64_MAX) {
      uv_timer_stop(timer_);
      return;
    }
    // The loop's own idea of the time is that of its turn's beginning.
    uv_update_time(loop_);
    int64_t left_us = std::max<int64_t>(0, next_us - NowUs());
    uv_timer_start(timer_, [](uv_timer_t* timer) { static_cast<ExchangeRepeater*>(timer->data)->Turn(); },
                   static_cast<uint64_t>((left_us + 999) / 1000), 0);
  }

  uv_loop_t* loop_ = nullptr;
  uint32_t limit_ = 1;
  std::unique_ptr<SharedAnswers> shared_;
  Napi::FunctionReference ended_;
  Napi::FunctionReference answered_;
  std::unique_ptr<Napi::AsyncContext> context_;
  int epoll_ = -1;
  uv_poll_t* poll_ = nullptr;
  uv_timer_t* timer_ = nullptr;
  uint64_t last_token_ = 0;
  uint32_t under_way_ = 0;
  std::unordered_map<uint64_t, Repetition> repetitions_;
  Stretches stretches_{1};
  std::deque<uint64_t> waiting_;
  std::set<std::pair<int64_t, uint64_t>> deadlines_;
  std::vector<uint64_t> answered_tokens_;
  std::vector<End> told_;
  // What has come is in it until it is kept with its repetition.
  char scratch_[kLongestAnswer];
};

}  // namespace

void InitExchangeRepeater(Napi::Env env, Napi::Object exports) { ExchangeRepeater::Define(env, exports); }
