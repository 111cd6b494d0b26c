/* relived-planner: runs src/planner, the daemon's reading of a configuration, in QuickJS (docs/adr/0026-planner.md). */
#ifndef RELIVED_PLANNER_H
#define RELIVED_PLANNER_H

#include <quickjs.h>

/* The object `host` (src/planner/host.ts). `words`: ends in NULL. False: an exception stands. */
bool add_host(JSContext *context, char **words);

#endif
