// System calls that neither Node nor an npm package offers, one function each. Nothing is decided here.
#include <napi.h>

void InitPacketSocket(Napi::Env env, Napi::Object exports);
void InitNetlinkSocket(Napi::Env env, Napi::Object exports);
void InitRawSocket(Napi::Env env, Napi::Object exports);
void InitProgram(Napi::Env env, Napi::Object exports);
void InitInotify(Napi::Env env, Napi::Object exports);
void InitProcessEvents(Napi::Env env, Napi::Object exports);
void InitLinkbeat(Napi::Env env, Napi::Object exports);
void InitProcess(Napi::Env env, Napi::Object exports);
void InitNamespace(Napi::Env env, Napi::Object exports);
void InitSignalWatch(Napi::Env env, Napi::Object exports);
void InitFifo(Napi::Env env, Napi::Object exports);
void InitUdpSocket(Napi::Env env, Napi::Object exports);
void InitConnectedSocket(Napi::Env env, Napi::Object exports);
void InitSocket(Napi::Env env, Napi::Object exports);
void InitRegex(Napi::Env env, Napi::Object exports);
void InitReadiness(Napi::Env env, Napi::Object exports);
void InitSharedMemory(Napi::Env env, Napi::Object exports);
void InitExchangeRepeater(Napi::Env env, Napi::Object exports);
void InitHeartbeatEngine(Napi::Env env, Napi::Object exports);

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  InitPacketSocket(env, exports);
  InitNetlinkSocket(env, exports);
  InitRawSocket(env, exports);
  InitProgram(env, exports);
  InitInotify(env, exports);
  InitProcessEvents(env, exports);
  InitLinkbeat(env, exports);
  InitProcess(env, exports);
  InitNamespace(env, exports);
  InitSignalWatch(env, exports);
  InitFifo(env, exports);
  InitUdpSocket(env, exports);
  InitConnectedSocket(env, exports);
  InitSocket(env, exports);
  InitRegex(env, exports);
  InitReadiness(env, exports);
  InitSharedMemory(env, exports);
  InitExchangeRepeater(env, exports);
  InitHeartbeatEngine(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, Init)
