// The engine of heartbeat/engine.h for JavaScript: arguments and results, nothing else.
#include <cstdint>
#include <cstring>
#include <memory>
#include <system_error>
#include <vector>

#include <napi.h>

#include "heartbeat/engine.h"
#include "system-error.h"

namespace {

using heartbeat::Engine;
using heartbeat::Packet;

// Numbers that take() gives for each direction, and one for both.
constexpr size_t kCountNumbers = 6;
constexpr size_t kTakeNumbers = 2 * kCountNumbers + 1;

bool IsBytes(const Napi::Value& value) {
  return value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
}

Packet BytesOf(const Napi::Value& value) {
  if (!IsBytes(value)) throw Napi::TypeError::New(value.Env(), "a packet is a Uint8Array");
  Napi::Uint8Array bytes = value.As<Napi::Uint8Array>();
  return Packet(bytes.Data(), bytes.Data() + bytes.ByteLength());
}

std::vector<Packet> PacketsOf(const Napi::Value& value) {
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), "packets are an array");
  Napi::Array array = value.As<Napi::Array>();
  std::vector<Packet> packets;
  packets.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) packets.push_back(BytesOf(array.Get(i)));
  return packets;
}

// HeartbeatEngine(leaseUs: number). Times are those of CLOCK_MONOTONIC in microseconds.
class HeartbeatEngine : public Napi::ObjectWrap<HeartbeatEngine> {
 public:
  static void Define(Napi::Env env, Napi::Object exports) {
    using Self = HeartbeatEngine;
    exports.Set("HeartbeatEngine",
                DefineClass(env, "HeartbeatEngine",
                            {InstanceMethod<&Self::ToldFd>("toldFd"), InstanceMethod<&Self::TakeTold>("takeTold"),
                             InstanceMethod<&Self::OpenChannel>("openChannel"),
                             InstanceMethod<&Self::AddReceiver>("addReceiver"),
                             InstanceMethod<&Self::CloseChannel>("closeChannel"), InstanceMethod<&Self::Send>("send"),
                             InstanceMethod<&Self::Drain>("drain"), InstanceMethod<&Self::AddSlot>("addSlot"),
                             InstanceMethod<&Self::NoteSent>("noteSent"), InstanceMethod<&Self::ShowLife>("showLife"),
                             InstanceMethod<&Self::RemoveSlot>("removeSlot"), InstanceMethod<&Self::Announce>("announce"),
                             InstanceMethod<&Self::Revise>("revise"), InstanceMethod<&Self::SetFailing>("setFailing"),
                             InstanceMethod<&Self::StopAnnouncing>("stopAnnouncing"),
                             InstanceMethod<&Self::IsAnnounced>("isAnnounced"), InstanceMethod<&Self::Lead>("lead"),
                             InstanceMethod<&Self::Answered>("answered"), InstanceMethod<&Self::TakeUp>("takeUp"),
                             InstanceMethod<&Self::Watch>("watch"), InstanceMethod<&Self::Adjust>("adjust"),
                             InstanceMethod<&Self::Heard>("heard"), InstanceMethod<&Self::SetKnown>("setKnown"),
                             InstanceMethod<&Self::StopWatching>("stopWatching"),
                             InstanceMethod<&Self::ConfirmSilence>("confirmSilence"), InstanceMethod<&Self::Take>("take"),
                             InstanceMethod<&Self::RenewLease>("renewLease"),
                             InstanceMethod<&Self::SetRealtime>("setRealtime"), InstanceMethod<&Self::Close>("close")}));
  }

  explicit HeartbeatEngine(const Napi::CallbackInfo& info) : Napi::ObjectWrap<HeartbeatEngine>(info) {
    try {
      engine_ = std::make_unique<Engine>(Integer(info, 0));
    } catch (const std::system_error& error) {
      throw SystemError(info.Env(), error.code().value(), error.what());
    }
    // Until it is closed it must not be collected.
    Ref();
  }

 private:
  static int64_t Integer(const Napi::CallbackInfo& info, size_t at) {
    if (info.Length() <= at || !info[at].IsNumber()) throw Napi::TypeError::New(info.Env(), "a number is missing");
    return info[at].As<Napi::Number>().Int64Value();
  }

  static uint32_t Number(const Napi::CallbackInfo& info, size_t at) { return static_cast<uint32_t>(Integer(info, at)); }

  Engine& Open(const Napi::CallbackInfo& info) {
    if (engine_ == nullptr) throw Napi::Error::New(info.Env(), "the heartbeat engine is closed");
    return *engine_;
  }

  // toldFd(): number. To be watched; it stays the engine's.
  Napi::Value ToldFd(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), Open(info).told_fd()); }

  // takeTold(into: Uint8Array): number of bytes, 0: that was all.
  Napi::Value TakeTold(const Napi::CallbackInfo& info) {
    if (info.Length() < 1 || !IsBytes(info[0])) throw Napi::TypeError::New(info.Env(), "takeTold wants a Uint8Array");
    Napi::Uint8Array into = info[0].As<Napi::Uint8Array>();
    return Napi::Number::New(info.Env(), static_cast<double>(Open(info).TakeTold(into.Data(), into.ByteLength())));
  }

  // openChannel(channel, isIpv6, index, sender)
  void OpenChannel(const Napi::CallbackInfo& info) {
    Open(info).OpenChannel(Number(info, 0), info[1].ToBoolean(), Number(info, 2), static_cast<int>(Integer(info, 3)));
  }

  // addReceiver(channel, fd, protocol)
  void AddReceiver(const Napi::CallbackInfo& info) {
    try {
      Open(info).AddReceiver(Number(info, 0), static_cast<int>(Integer(info, 1)), static_cast<uint8_t>(Integer(info, 2)));
    } catch (const std::system_error& error) {
      throw SystemError(info.Env(), error.code().value(), "epoll_ctl");
    }
  }

  void CloseChannel(const Napi::CallbackInfo& info) { Open(info).CloseChannel(Number(info, 0)); }

  // send(channel, packet): string | null. Null: it has left.
  Napi::Value Send(const Napi::CallbackInfo& info) {
    if (info.Length() < 2 || !IsBytes(info[1])) throw Napi::TypeError::New(info.Env(), "send wants a Uint8Array");
    Napi::Uint8Array packet = info[1].As<Napi::Uint8Array>();
    int errnum = Open(info).Send(Number(info, 0), packet.Data(), packet.ByteLength());
    if (errnum == 0) return info.Env().Null();
    return Napi::String::New(info.Env(), heartbeat::ReasonOf(errnum));
  }

  void Drain(const Napi::CallbackInfo& info) { Open(info).Drain(Number(info, 0)); }

  Napi::Value AddSlot(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), Open(info).AddSlot(Number(info, 0)));
  }

  // Where a number stands in a memory that others see, too. One memory for all; it is kept for as long as the engine.
  template <typename Shared>
  Shared* PlaceIn(const Napi::Value& memory_value, const Napi::Value& offset_value) {
    Napi::Env env = memory_value.Env();
    if (!memory_value.IsArrayBuffer() || !offset_value.IsNumber())
      throw Napi::TypeError::New(env, "a place is an ArrayBuffer and an offset");
    Napi::ArrayBuffer memory = memory_value.As<Napi::ArrayBuffer>();
    int64_t offset = offset_value.As<Napi::Number>().Int64Value();
    constexpr int64_t kBytes = sizeof(Shared);
    if (offset < 0 || offset % kBytes != 0 || offset + kBytes > static_cast<int64_t>(memory.ByteLength()))
      throw Napi::RangeError::New(env, "there is no such place in the memory");
    if (shared_memory_.IsEmpty()) shared_memory_ = Napi::Persistent(memory.As<Napi::Object>());
    return reinterpret_cast<Shared*>(static_cast<uint8_t*>(memory.Data()) + offset);
  }

  // noteSent(slot, memory, offset)
  void NoteSent(const Napi::CallbackInfo& info) {
    Open(info).NoteSent(Number(info, 0), PlaceIn<double>(info[1], info[2]));
  }

  // showLife(memory, offset)
  void ShowLife(const Napi::CallbackInfo& info) { Open(info).ShowLife(PlaceIn<uint32_t>(info[0], info[1])); }

  void RemoveSlot(const Napi::CallbackInfo& info) { Open(info).RemoveSlot(Number(info, 0)); }

  // announce(slot, packets, resignation, intervalUs, nextUs, toleranceUs, expiredUs, isFailing, identification)
  void Announce(const Napi::CallbackInfo& info) {
    if (info.Length() < 9) throw Napi::TypeError::New(info.Env(), "announce wants nine arguments");
    heartbeat::Announcement announcement;
    announcement.packets = PacketsOf(info[1]);
    announcement.resignation = PacketsOf(info[2]);
    announcement.interval_us = Integer(info, 3);
    announcement.next_us = Integer(info, 4);
    announcement.tolerance_us = Integer(info, 5);
    announcement.expired_us = Integer(info, 6);
    announcement.is_failing = info[7].ToBoolean();
    announcement.identification = static_cast<uint16_t>(Integer(info, 8));
    Open(info).Announce(Number(info, 0), std::move(announcement));
  }

  // revise(slot, packets, resignation)
  void Revise(const Napi::CallbackInfo& info) {
    if (info.Length() < 3) throw Napi::TypeError::New(info.Env(), "revise wants three arguments");
    Open(info).Revise(Number(info, 0), PacketsOf(info[1]), PacketsOf(info[2]));
  }

  void SetFailing(const Napi::CallbackInfo& info) { Open(info).SetFailing(Number(info, 0), info[1].ToBoolean()); }
  void StopAnnouncing(const Napi::CallbackInfo& info) { Open(info).StopAnnouncing(Number(info, 0)); }

  Napi::Value IsAnnounced(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), Open(info).IsAnnounced(Number(info, 0)));
  }

  // lead(slot, packets, identification): boolean
  Napi::Value Lead(const Napi::CallbackInfo& info) {
    if (info.Length() < 3) throw Napi::TypeError::New(info.Env(), "lead wants three arguments");
    return Napi::Boolean::New(info.Env(), Open(info).Lead(Number(info, 0), PacketsOf(info[1]),
                                                          static_cast<uint16_t>(Integer(info, 2))));
  }

  void Answered(const Napi::CallbackInfo& info) { Open(info).Answered(); }

  Napi::Value TakeUp(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), Open(info).TakeUp(Number(info, 0)));
  }

  // watch(slot, deadlineUs, allowedUs, toleranceUs)
  void Watch(const Napi::CallbackInfo& info) {
    Open(info).Watch(Number(info, 0), Integer(info, 1), Integer(info, 2), Integer(info, 3));
  }

  void Adjust(const Napi::CallbackInfo& info) { Open(info).Adjust(Number(info, 0), Integer(info, 1)); }
  void Heard(const Napi::CallbackInfo& info) { Open(info).Heard(Number(info, 0), Integer(info, 1)); }

  // setKnown(slot, packet: Uint8Array | null, mask: Uint8Array | null)
  void SetKnown(const Napi::CallbackInfo& info) {
    if (info.Length() < 3 || info[1].IsNull()) Open(info).SetKnown(Number(info, 0), {}, {});
    else Open(info).SetKnown(Number(info, 0), BytesOf(info[1]), BytesOf(info[2]));
  }

  void StopWatching(const Napi::CallbackInfo& info) { Open(info).StopWatching(Number(info, 0)); }

  Napi::Value ConfirmSilence(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), Open(info).ConfirmSilence(Number(info, 0), Number(info, 1)));
  }

  // take(slot, into: Float64Array): what was sent, what was received, the last IP identification.
  void Take(const Napi::CallbackInfo& info) {
    if (info.Length() < 2 || !info[1].IsTypedArray()) throw Napi::TypeError::New(info.Env(), "take wants an array");
    Napi::Float64Array into = info[1].As<Napi::Float64Array>();
    if (into.ElementLength() < kTakeNumbers) throw Napi::TypeError::New(info.Env(), "take wants more room");
    heartbeat::Counts counts = Open(info).Take(Number(info, 0));
    double* at = into.Data();
    for (const heartbeat::Count* count : {&counts.sent, &counts.received}) {
      *at++ = static_cast<double>(count->count);
      *at++ = static_cast<double>(count->first.us);
      *at++ = static_cast<double>(count->first.wall_us);
      *at++ = static_cast<double>(count->last.us);
      *at++ = static_cast<double>(count->last.wall_us);
      *at++ = static_cast<double>(count->largest_gap_us);
    }
    *at = counts.identification;
  }

  void RenewLease(const Napi::CallbackInfo& info) { Open(info).RenewLease(); }

  void SetRealtime(const Napi::CallbackInfo& info) {
    int errnum = Open(info).SetRealtime(static_cast<int>(Integer(info, 0)));
    if (errnum != 0) throw SystemError(info.Env(), errnum, "pthread_setschedparam");
  }

  void Close(const Napi::CallbackInfo&) {
    if (engine_ == nullptr) return;
    engine_.reset();
    Unref();
  }

  // Outlives the engine, which writes to it.
  Napi::ObjectReference shared_memory_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace

void InitHeartbeatEngine(Napi::Env env, Napi::Object exports) { HeartbeatEngine::Define(env, exports); }
