// What a failed system call becomes in JavaScript.
#pragma once

#include <string>

#include <napi.h>
#include <uv.h>

inline Napi::Error SystemError(Napi::Env env, int errnum, const char* syscall) {
  char name[64];
  char text[128];
  uv_err_name_r(-errnum, name, sizeof name);
  uv_strerror_r(-errnum, text, sizeof text);
  Napi::Error error = Napi::Error::New(env, std::string(syscall) + " " + name + ": " + text);
  error.Set("code", Napi::String::New(env, name));
  error.Set("errno", Napi::Number::New(env, errnum));
  error.Set("syscall", Napi::String::New(env, syscall));
  return error;
}
