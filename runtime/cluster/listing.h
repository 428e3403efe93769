// Questions that every node answers for itself, and how their answers become one.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/service/service.h"
#include "runtime/store/membership.h"

namespace flow::cluster {

// Asks this node and the others, and gives `done` all answers, or the first refusal. `local` and `remote` are called
// before it returns.
template <typename T>
void gather(const std::vector<store::ClusterNode>& others, const std::function<void(service::Done<T>)>& local,
            const std::function<void(const store::ClusterNode&, service::Done<T>)>& remote,
            service::Done<std::vector<T>> done) {
  struct Parts {
    std::mutex mutex;
    std::vector<T> answers;
    std::optional<service::Fault> fault;
    std::size_t missing = 0;
    service::Done<std::vector<T>> done;

    void arrived(service::Outcome<T> part) {
      {
        const std::scoped_lock lock(mutex);
        if (part)
          answers.push_back(std::move(*part));
        else if (!fault)
          fault = std::move(part.error());
        if (--missing > 0) return;
      }
      if (fault) return done(std::unexpected(std::move(*fault)));
      done(std::move(answers));
    }
  };
  auto parts = std::make_shared<Parts>();
  parts->missing = others.size() + 1;
  parts->done = std::move(done);
  for (const store::ClusterNode& node : others) {
    remote(node, [parts](service::Outcome<T> part) { parts->arrived(std::move(part)); });
  }
  local([parts](service::Outcome<T> part) { parts->arrived(std::move(part)); });
}

// Those that run are asked of every node; those that have ended are in the store, which any node can read.
using AskLocal = std::function<void(service::ListQuery, service::Done<service::ListPage>)>;
using AskNode =
    std::function<void(const store::ClusterNode&, const service::ListQuery&, service::Done<service::ListPage>)>;
void list_everywhere(service::ListQuery query, AskLocal local, const AskNode& remote,
                     const std::vector<store::ClusterNode>& others, service::Done<service::ListPage> done);

}  // namespace flow::cluster
