// The door by which verbs on the same machine reach the flowd that has a store open: a socket in the store's folder, so
// that who may use it is who may read the store.
//
// One request a connection: a line, answered by a line that begins with "ok" or "error ". A request is a verb and what
// it is about, with a space between: "backup /srv/backups/monday".
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"

namespace flow::daemon {

inline constexpr std::size_t kControlLineBytesMax = 8192;

class Control {
 public:
  // Answers a request; on the door's own thread, one at a time.
  using Handler = std::function<Status(std::string_view verb, const std::string& about)>;

  static Result<std::unique_ptr<Control>> open(const std::string& folder, Handler handler);
  ~Control();  // waits for the request under way
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

 private:
  Control(int listener, int stop, std::string place, Handler handler);
  void run() const;
  void serve(int connection) const;

  int listener_;
  int stop_;
  std::string place_;
  Handler handler_;
  std::thread thread_;
};

// Asks the flowd that has this folder open, and waits for its answer. Nothing: no flowd has it open.
std::optional<Status> ask_control(const std::string& folder, std::string_view verb, const std::string& about);

}  // namespace flow::daemon
