// For tests of the service: what a fake was asked, and who waits for its answers.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace flow::service::testing {

// Keeps what it is asked until the test answers; answers `automatic` at once when that is set. For any thread.
template <typename Request, typename Answer, typename Done>
class Asked {
 public:
  // Every request so far.
  std::vector<Request> attempts() const {
    const std::lock_guard lock(mutex_);
    return attempts_;
  }
  std::size_t unanswered() const {
    const std::lock_guard lock(mutex_);
    return unanswered_.size();
  }
  // The oldest that is not answered, if there is one.
  void answer(Answer answer) {
    Done done;
    {
      const std::lock_guard lock(mutex_);
      if (unanswered_.empty()) return;
      done = std::move(unanswered_.front());
      unanswered_.pop_front();
    }
    done(std::move(answer));
  }
  // What is under way is lost, as with a crash of this process: nobody is told.
  void forget_unanswered() {
    const std::lock_guard lock(mutex_);
    unanswered_.clear();
  }

  std::optional<Answer> automatic;

 protected:
  void ask(Request request, Done done) {
    {
      const std::lock_guard lock(mutex_);
      attempts_.push_back(std::move(request));
      if (!automatic) {
        unanswered_.push_back(std::move(done));
        return;
      }
    }
    done(*automatic);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Request> attempts_;
  std::deque<Done> unanswered_;
};

}  // namespace flow::service::testing
