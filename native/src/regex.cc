// Perl's regular expressions by PCRE2, over bytes, within a bound on time. The interpreter, not the JIT: its steps are counted.
#include <algorithm>
#include <chrono>
#include <string>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <napi.h>

namespace {

// Steps at one place of the subject, places between two looks at the clock, and memory for backtracking.
constexpr uint32_t kMatchLimit = 200'000;
constexpr size_t kPlaces = 16;
constexpr uint32_t kHeapLimitKiB = 2'048;

// Beside what is found: no match; the limits were reached; from here downwards an unfinished match, by its place.
constexpr double kNone = -1;
constexpr double kExhausted = -2;
constexpr double kPartial = -3;

struct Option {
  const char* name;
  uint32_t bits;
};

constexpr Option kOptions[] = {
    {"allow_empty_class", PCRE2_ALLOW_EMPTY_CLASS},
    {"alt_bsux", PCRE2_ALT_BSUX},
    {"alt_circumflex", PCRE2_ALT_CIRCUMFLEX},
    {"alt_verbnames", PCRE2_ALT_VERBNAMES},
    {"auto_callout", PCRE2_AUTO_CALLOUT},
    {"caseless", PCRE2_CASELESS},
    {"dollar_endonly", PCRE2_DOLLAR_ENDONLY},
    {"dotall", PCRE2_DOTALL},
    {"dupnames", PCRE2_DUPNAMES},
    {"extended", PCRE2_EXTENDED},
    {"firstline", PCRE2_FIRSTLINE},
    {"match_unset_backref", PCRE2_MATCH_UNSET_BACKREF},
    {"multiline", PCRE2_MULTILINE},
    {"never_backslash_c", PCRE2_NEVER_BACKSLASH_C},
    {"never_ucp", PCRE2_NEVER_UCP},
    {"never_utf", PCRE2_NEVER_UTF},
    {"no_auto_capture", PCRE2_NO_AUTO_CAPTURE},
    {"no_auto_possess", PCRE2_NO_AUTO_POSSESS},
    {"no_dotstar_anchor", PCRE2_NO_DOTSTAR_ANCHOR},
    {"no_start_optimize", PCRE2_NO_START_OPTIMIZE},
    {"ucp", PCRE2_UCP},
    {"ungreedy", PCRE2_UNGREEDY},
    {"use_offset_limit", PCRE2_USE_OFFSET_LIMIT},
    // What has come of a character when the match begins is not an error.
    {"utf", PCRE2_UTF | PCRE2_MATCH_INVALID_UTF},
};

uint32_t Bits(Napi::Env env, const Napi::Array& names) {
  uint32_t bits = PCRE2_USE_OFFSET_LIMIT;
  for (uint32_t at = 0; at < names.Length(); at++) {
    std::string name = names.Get(at).ToString().Utf8Value();
    const auto* found = std::find_if(std::begin(kOptions), std::end(kOptions),
                                     [&](const Option& option) { return name == option.name; });
    if (found == std::end(kOptions)) throw Napi::TypeError::New(env, "no option of PCRE2 is called " + name);
    bits |= found->bits;
  }
  return bits;
}

// new Regex(pattern: string, options: string[]), maxLookbehind: number,
// match(subject: Uint8Array, from: number, isBeginning: boolean, isEnd: boolean, budgetUs: number): number.
class Regex : public Napi::ObjectWrap<Regex> {
 public:
  static void Define(Napi::Env env, Napi::Object exports) {
    exports.Set("Regex", DefineClass(env, "Regex",
                                     {InstanceMethod<&Regex::Match>("match"),
                                      InstanceAccessor<&Regex::MaxLookbehind>("maxLookbehind")}));
  }

  explicit Regex(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Regex>(info) {
    Napi::Env env = info.Env();
    if (info.Length() < 2 || !info[0].IsString() || !info[1].IsArray())
      throw Napi::TypeError::New(env, "Regex(pattern, options) wants a string and an array of strings");
    std::string pattern = info[0].As<Napi::String>().Utf8Value();
    uint32_t bits = Bits(env, info[1].As<Napi::Array>());
    int error = 0;
    PCRE2_SIZE offset = 0;
    code_ = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(), bits, &error, &offset, nullptr);
    if (code_ == nullptr) {
      PCRE2_UCHAR text[256];
      pcre2_get_error_message(error, text, sizeof text);
      Napi::Error thrown = Napi::Error::New(env, reinterpret_cast<const char*>(text));
      thrown.Set("offset", Napi::Number::New(env, static_cast<double>(offset)));
      throw thrown;
    }
    isWhole_ = (bits & PCRE2_FIRSTLINE) != 0;
    data_ = pcre2_match_data_create_from_pattern(code_, nullptr);
    context_ = pcre2_match_context_create(nullptr);
    if (data_ == nullptr || context_ == nullptr) throw Napi::Error::New(env, "no memory for a regular expression");
    pcre2_set_match_limit(context_, kMatchLimit);
    pcre2_set_heap_limit(context_, kHeapLimitKiB);
  }

  ~Regex() override {
    pcre2_match_context_free(context_);
    pcre2_match_data_free(data_);
    pcre2_code_free(code_);
  }

 private:
  Napi::Value MaxLookbehind(const Napi::CallbackInfo& info) {
    uint32_t count = 0;
    pcre2_pattern_info(code_, PCRE2_INFO_MAXLOOKBEHIND, &count);
    return Napi::Number::New(info.Env(), count);
  }

  Napi::Value Match(const Napi::CallbackInfo& info) {
    Napi::Env env = info.Env();
    if (info.Length() < 5 || !info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array ||
        !info[1].IsNumber() || !info[2].IsBoolean() || !info[3].IsBoolean() || !info[4].IsNumber())
      throw Napi::TypeError::New(env, "match(subject, from, isBeginning, isEnd, budgetUs) has wrong arguments");
    Napi::Uint8Array subject = info[0].As<Napi::Uint8Array>();
    auto from = static_cast<size_t>(info[1].As<Napi::Number>().Int64Value());
    uint32_t flags = info[2].As<Napi::Boolean>().Value() ? 0 : PCRE2_NOTBOL;
    if (!info[3].As<Napi::Boolean>().Value()) flags |= PCRE2_PARTIAL_HARD;
    auto budget = std::chrono::microseconds(info[4].As<Napi::Number>().Int64Value());
    if (from > subject.ByteLength()) return Napi::Number::New(env, kNone);
    return Napi::Number::New(env, Search(subject.Data(), subject.ByteLength(), from, flags, budget));
  }

  double Search(const uint8_t* subject, size_t length, size_t from, uint32_t flags, std::chrono::microseconds budget) {
    auto deadline = std::chrono::steady_clock::now() + budget;
    for (;;) {
      pcre2_set_offset_limit(context_, isWhole_ ? PCRE2_UNSET : from + kPlaces - 1);
      int result = pcre2_match(code_, subject, length, from, flags, data_, context_);
      auto found = static_cast<double>(pcre2_get_ovector_pointer(data_)[0]);
      if (result >= 0) return found;
      if (result == PCRE2_ERROR_PARTIAL) return kPartial - found;
      if (result != PCRE2_ERROR_NOMATCH) return kExhausted;
      from += kPlaces;
      if (isWhole_ || from > length) return kNone;
      if (std::chrono::steady_clock::now() >= deadline) return kExhausted;
    }
  }

  pcre2_code* code_ = nullptr;
  pcre2_match_data* data_ = nullptr;
  pcre2_match_context* context_ = nullptr;
  // PCRE2_FIRSTLINE counts lines from where a search begins: it cannot be continued.
  bool isWhole_ = false;
};

}  // namespace

void InitRegex(Napi::Env env, Napi::Object exports) { Regex::Define(env, exports); }
