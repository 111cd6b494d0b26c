// Arrays in which JavaScript is told of ends and asked to judge answers: of each answer its token, the bytes of one piece
// after the other, the number of pieces and their lengths, and a byte for the verdict.
#pragma once

#include <algorithm>

#include <napi.h>

#include "repetition.h"

class SharedAnswers {
 public:
  // Numbers of one end: token, stage, errno, microseconds that it took, connections before it.
  static constexpr size_t kEndNumbers = 5;

  explicit SharedAnswers(const Napi::Object& shared)
      : ends_(Napi::Persistent(shared.Get("ends").As<Napi::Float64Array>())),
        tokens_(Napi::Persistent(shared.Get("tokens").As<Napi::Float64Array>())),
        bytes_(Napi::Persistent(shared.Get("bytes").As<Napi::Uint8Array>())),
        pieces_(Napi::Persistent(shared.Get("pieces").As<Napi::Uint32Array>())),
        verdicts_(Napi::Persistent(shared.Get("verdicts").As<Napi::Uint8Array>())) {}

  // Begins anew.
  void Clear() { count_ = byte_ = piece_ = 0; }

  // False: there is no room for it. The answer is taken.
  bool Add(uint64_t token, Repetition& it) {
    Napi::Uint8Array bytes = bytes_.Value();
    Napi::Uint32Array pieces = pieces_.Value();
    Napi::Float64Array tokens = tokens_.Value();
    if (count_ == tokens.ElementLength() || byte_ + it.answer.size() > bytes.ByteLength() ||
        piece_ + it.pieces.size() + 1 > pieces.ElementLength())
      return false;
    std::copy(it.answer.begin(), it.answer.end(), bytes.Data() + byte_);
    byte_ += it.answer.size();
    std::string().swap(it.answer);
    pieces[piece_++] = static_cast<uint32_t>(it.pieces.size());
    for (uint32_t length : it.pieces) pieces[piece_++] = length;
    verdicts_.Value()[count_] = 0;
    tokens[count_++] = static_cast<double>(token);
    return true;
  }

  bool HasPassed(size_t index) { return verdicts_.Value()[index] != 0; }

  // As many of them as there is room for; gives how many.
  size_t Tell(const End* ends, size_t count) {
    Napi::Float64Array into = ends_.Value();
    count = std::min(count, into.ElementLength() / kEndNumbers);
    for (size_t i = 0; i < count; ++i) {
      const auto& [token, stage, errnum, took_us, before] = ends[i];
      const double numbers[kEndNumbers] = {static_cast<double>(token), static_cast<double>(stage), static_cast<double>(errnum),
                                           static_cast<double>(took_us), static_cast<double>(before)};
      std::copy(numbers, numbers + kEndNumbers, into.Data() + kEndNumbers * i);
    }
    return count;
  }

 private:
  Napi::Reference<Napi::Float64Array> ends_;
  Napi::Reference<Napi::Float64Array> tokens_;
  Napi::Reference<Napi::Uint8Array> bytes_;
  Napi::Reference<Napi::Uint32Array> pieces_;
  Napi::Reference<Napi::Uint8Array> verdicts_;
  size_t count_ = 0;
  size_t byte_ = 0;
  size_t piece_ = 0;
};
