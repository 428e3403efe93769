// Tells the service manager how flowd stands, as sd_notify(3) describes it: a datagram to $NOTIFY_SOCKET. Without one
// nothing happens.
#pragma once

#include <string_view>

namespace flow::daemon {

// `state`: "READY=1", "STOPPING=1", "RELOADING=1\nMONOTONIC_USEC=…", "STATUS=…". Any thread. Failures are ignored: the
// manager's own timeout tells about them.
void notify_manager(std::string_view state);

}  // namespace flow::daemon
