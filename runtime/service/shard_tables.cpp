// Executions in memory, and commands that wait for one that is not: for its row, or for its bundle.
#include "base/check.h"
#include "runtime/service/shard.h"

namespace flow::service {

// ---- Uses

std::uint32_t Shard::use_of(std::uint32_t bundle, std::uint32_t flow) {
  const std::uint64_t name = std::uint64_t{bundle} << 32 | flow;
  const auto [place, fresh] = use_index_.emplace(name, static_cast<std::uint32_t>(uses_.size()));
  if (fresh) {
    uses_.emplace_back();
    uses_.back().bundle = bundle;
    uses_.back().flow = flow;
    find_code(uses_.back());
  }
  return place->second;
}

void Shard::find_code(Use& use) {
  use.code = directory_->find(use.bundle, use.flow);
  if (use.code == nullptr || !use.lanes.empty()) return;
  for (const program::ChannelInfo& channel : use.code->info().channels) {
    use.lanes.push_back(schedule_.lane(channel.name));
  }
  find_policies(use);
}

void Shard::find_policies(Use& use) {
  use.policies.clear();
  for (const program::ChannelInfo& channel : use.code->info().channels) {
    use.policies.push_back(parts_.transport.policy(channel.name));
  }
}

// There is a new directory: who waited for a bundle that has come goes on, before anybody who comes later.
void Shard::refresh_uses() {
  directory_ = parts_.bundles.directory();
  for (Use& use : uses_) find_code(use);
  for (std::size_t i = 0; i < uses_.size(); ++i) {
    if (uses_[i].code == nullptr) continue;
    uses_[i].broken = false;
    if (!uses_[i].resumes.empty()) resuming_ = true;
    for (Command& command : std::exchange(uses_[i].waiting, {})) execute(command);
  }
}

void Shard::bundle_failed(std::uint32_t bundle, const Error& error) {
  for (std::size_t i = 0; i < uses_.size(); ++i) {
    if (uses_[i].bundle != bundle || uses_[i].code != nullptr) continue;
    uses_[i].broken = true;
    for (Command& command : std::exchange(uses_[i].waiting, {})) refuse(command, bundle_fault(error));
  }
}

// False: the command waits for the code of the execution's flow.
bool Shard::has_code(std::uint32_t number, Command& command) {
  Use& use = uses_[number];
  if (use.code != nullptr) {
    use.code->used_at_ms->store(last_now_ms_, std::memory_order_relaxed);
    return true;
  }
  use.waiting.push_back(std::move(command));
  parts_.bundles.want(use.bundle);
  return false;
}

// ---- Executions

void Shard::erase(Handle handle) {
  Bytes record = table_.get(handle);
  const Head head = take_head(record);
  timers_.clear(handle);
  conversations_.set(handle, 0);
  ids_.erase(head.id.bytes);
  if (!head.ended) running_order_.erase(handle);
  if (head.key != 0 && keys_.find(head.key) == handle) {
    keys_.erase(head.key);
    if (!ended_keys_.maybe_contains(head.key)) ended_keys_.insert(head.key, head.changed_at_ms);
  }
  table_.erase(handle);
}

// The image behind a head, valid until the next call.
std::string_view Shard::image_of(const Head& head, Bytes rest) {
  const std::string_view bytes(reinterpret_cast<const char*>(rest.data()), rest.size());
  if (!head.squeezed) return bytes;
  unsqueezed_.clear();
  FLOW_CHECK(uses_[head.use].dictionary->unsqueeze(bytes, unsqueezed_), "execution {}", core::to_string(head.id));
  return unsqueezed_;
}

// What has not changed for a moment is made small; a part at a time.
void Shard::squeeze_some() {
  constexpr std::size_t kSqueezedAtOnce = 128;
  constexpr std::size_t kLookedAtAtOnce = 16'384;
  std::size_t count = 0;
  std::size_t looked = 0;
  squeezing_ = true;
  for (; squeeze_at_ < squeeze_end_; ++squeeze_at_) {
    if (count >= kSqueezedAtOnce || ++looked > kLookedAtAtOnce) return;
    if (squeeze(squeeze_at_)) ++count;
  }
  for (; !changed_.empty() && last_now_ms_ - changed_.front().at_ms >= resting_ms(); changed_.pop_front()) {
    if (count >= kSqueezedAtOnce || ++looked > kLookedAtAtOnce) return;
    if (squeeze(changed_.front().handle)) ++count;
  }
  squeezing_ = false;
}

// True: it cost something. Else there is nothing to do: it is gone, or has changed since, or is small.
bool Shard::squeeze(Handle handle) {
  if (!table_.contains(handle)) return false;
  Bytes rest = table_.get(handle);
  Head head = take_head(rest);
  if (head.ended || head.squeezed || is_contact(head) || last_now_ms_ - head.changed_at_ms < resting_ms()) return false;
  auto& dictionary = uses_[head.use].dictionary;
  if (dictionary == nullptr) dictionary = std::make_unique<Dictionary>();
  const std::string_view image(reinterpret_cast<const char*>(rest.data()), rest.size());
  if (!dictionary->ready()) {
    dictionary->learn(head.party, image);
    if (!dictionary->ready()) return true;
  }
  head.squeezed = true;
  record_.clear();
  put_head(head, record_);
  const std::size_t head_bytes = record_.size();
  if (!dictionary->squeeze(image, record_)) {
    dictionary->learn(head.party, image);
    return true;
  }
  // Of another kind than those that it was learnt from: in another step, say.
  if (record_.size() - head_bytes > image.size() / 2) dictionary->learn(head.party, image);
  table_.replace(handle, {reinterpret_cast<const std::uint8_t*>(record_.data()), record_.size()});
  return true;
}

// Finds the execution and its code for a command that is about it. Nothing: there is none, or `parked`. Commands for
// one execution stay in order: who comes while others wait, waits behind them.
std::optional<Shard::Handle> Shard::reach(const core::ExecutionId& id, Command& command, bool* parked) {
  *parked = true;
  if (!waiting_rows_.empty()) {
    const auto waiting = waiting_rows_.find(id);
    if (waiting != waiting_rows_.end()) {
      waiting->second.push_back(std::move(command));
      return std::nullopt;
    }
  }
  const auto handle = find(id);
  if (!handle) {
    if (absent_ != nullptr && *absent_ == id) {
      *parked = false;
      return std::nullopt;
    }
    const core::ExecutionId wanted = id;  // `id` is of the command
    waiting_rows_[wanted].push_back(std::move(command));
    fetch(wanted);
    return std::nullopt;
  }
  Bytes record = table_.get(*handle);
  *parked = !has_code(take_head(record).use, command);
  return handle;
}

void Shard::fetch(const core::ExecutionId& id) {
  parts_.storage.lookups().execution(id, [mailbox = parts_.mailbox, id](Result<std::optional<store::EndedRow>> row) {
    mailbox->push(Task([id, row = std::move(row)](Shard* shard) mutable { shard->row_arrived(id, std::move(row)); }));
  });
}

void Shard::row_arrived(const core::ExecutionId& id, Result<std::optional<store::EndedRow>> row) {
  if (closed_) return;
  auto waiting = waiting_rows_.extract(id);
  if (waiting.empty()) return;
  if (!row) {
    const bool busy = row.error().code == ErrorCode::resource_exhausted;
    const Fault fault{busy ? Problem::overloaded : Problem::storage_failed, row.error(), busy ? 1000 : 0};
    for (Command& command : waiting.mapped()) refuse(command, fault);
    return;
  }
  if (*row && !find(id)) {
    const store::EndedRow& found = **row;
    last_now_ms_ = std::max(last_now_ms_, found.changed_at_ms);  // of another node's clock, perhaps
    Head head{.id = id,
              .order = found.order,
              .party = found.party,
              .key = found.key,
              .changed_at_ms = found.changed_at_ms,
              .sequence = 0,
              .revision = found.revision,
              .use = use_of(found.bundle, found.flow),
              .ended = true};
    record_.clear();
    put_head(head, record_);
    record_ += found.image;
    const Handle handle = table_.put({reinterpret_cast<const std::uint8_t*>(record_.data()), record_.size()});
    ids_.insert(id.bytes, handle);
    if (head.key != 0) keys_.insert(head.key, handle);
    ended_.emplace_front(0, id);  // it leaves again at the end of the step, unless something new comes of it
  }
  absent_ = *row ? nullptr : &id;
  for (Command& command : waiting.mapped()) execute(command);
  absent_ = nullptr;
}

}  // namespace flow::service
