#include "runtime/daemon/loops.h"

#include <utility>

namespace flow::daemon {

class Loops::OnLoop final : public core::Executor {
 public:
  OnLoop() : thread_([this] { loop_.run(); }) {}
  ~OnLoop() override {
    loop_.stop();
    thread_.join();
  }
  void post(Task task) override { loop_.post(std::move(task)); }
  bool inside() const override { return loop_.inside(); }
  void on_round(Round round) override {
    loop_.call([this, &round] { loop_.on_round(std::move(round)); });
  }
  http::Loop& loop() { return loop_; }

 private:
  http::Loop loop_;
  std::thread thread_;
};

Loops::Loops(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) all_.push_back(std::make_unique<OnLoop>());
}
Loops::~Loops() = default;

std::vector<http::Loop*> Loops::loops() const {
  std::vector<http::Loop*> loops;
  for (const auto& each : all_) loops.push_back(&each->loop());
  return loops;
}

std::vector<core::Executor*> Loops::executors() const {
  std::vector<core::Executor*> executors;
  for (const auto& each : all_) executors.push_back(each.get());
  return executors;
}

}  // namespace flow::daemon
