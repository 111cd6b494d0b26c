{
  "targets": [
    {
      "target_name": "relived_native",
      "sources": ["src/addon.cc", "src/netlink-socket.cc", "src/packet-socket.cc"],
      "defines": ["NAPI_VERSION=9", "NAPI_CPP_EXCEPTIONS"],
      "cflags!": ["-fno-exceptions"],
      "cflags_cc!": ["-fno-exceptions"],
      "cflags_cc": [
        "-std=c++20",
        "-fexceptions",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-isystem<!(node -p \"require('path').dirname(require.resolve('node-addon-api'))\")"
      ]
    }
  ]
}
