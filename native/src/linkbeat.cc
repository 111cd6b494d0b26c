// The state of a link as its driver tells it when asked, for drivers that do not tell it by themselves.
#include <cerrno>
#include <cstring>
#include <linux/ethtool.h>
#include <linux/mii.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <napi.h>

#include "system-error.h"

namespace {

// 1: up, 0: down, -1: the driver does not answer this question.
int AskMii(int fd, struct ifreq& request) {
  auto* data = reinterpret_cast<struct mii_ioctl_data*>(&request.ifr_data);
  if (ioctl(fd, SIOCGMIIPHY, &request) != 0) return -1;
  const auto read = [&](uint16_t reg) {
    data->reg_num = reg;
    return ioctl(fd, SIOCGMIIREG, &request) == 0 ? static_cast<int>(data->val_out) : -1;
  };
  if (read(MII_BMCR) == 0xffff || read(MII_BMSR) <= 0) return -1;
  // The register keeps a loss until it is read; the second reading is the present state.
  int status = read(MII_BMSR);
  return status < 0 ? -1 : (status & BMSR_LSTATUS) != 0;
}

int AskEthtool(int fd, struct ifreq& request) {
  struct ethtool_value answer {};
  answer.cmd = ETHTOOL_GLINK;
  request.ifr_data = reinterpret_cast<char*>(&answer);
  return ioctl(fd, SIOCETHTOOL, &request) == 0 ? answer.data != 0 : -1;
}

int AskFlags(int fd, struct ifreq& request) {
  return ioctl(fd, SIOCGIFFLAGS, &request) == 0 ? (request.ifr_flags & IFF_RUNNING) != 0 : -1;
}

// linkbeat(name: string, method: 'MII' | 'ETHTOOL' | 'IOCTL'): boolean | null
Napi::Value Linkbeat(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() < 2 || !info[0].IsString() || !info[1].IsString())
    throw Napi::TypeError::New(env, "linkbeat(name, method) wants two strings");
  std::string name = info[0].As<Napi::String>().Utf8Value();
  std::string method = info[1].As<Napi::String>().Utf8Value();
  if (name.empty() || name.size() >= IFNAMSIZ) return env.Null();
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw SystemError(env, errno, "socket");
  struct ifreq request {};
  name.copy(request.ifr_name, IFNAMSIZ - 1);
  int up = method == "MII" ? AskMii(fd, request) : method == "ETHTOOL" ? AskEthtool(fd, request) : AskFlags(fd, request);
  close(fd);
  if (up < 0) return env.Null();
  return Napi::Boolean::New(env, up != 0);
}

}  // namespace

void InitLinkbeat(Napi::Env env, Napi::Object exports) {
  exports.Set("linkbeat", Napi::Function::New(env, Linkbeat));
}
