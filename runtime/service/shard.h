// A shard: one thread that owns executions, and moves them. Everything that it does to the world goes through its
// step(): take commands, advance, ONE batch with the new states for the log. The log makes batches durable behind its
// back; only then answers are given and messages handed over.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/snapshot.h"
#include "runtime/core/clock.h"
#include "runtime/core/random.h"
#include "runtime/core/siphash.h"
#include "runtime/operations/executor.h"
#include "runtime/outbox/schedule.h"
#include "runtime/program/frame.h"
#include "runtime/service/bundles.h"
#include "runtime/service/clearance.h"
#include "runtime/service/command.h"
#include "runtime/service/contact.h"
#include "runtime/service/conversations.h"
#include "runtime/service/flow_metrics.h"
#include "runtime/service/image.h"
#include "runtime/service/loading.h"
#include "runtime/service/mailbox.h"
#include "runtime/service/squeeze.h"
#include "runtime/service/timeline.h"
#include "runtime/store/storage.h"
#include "runtime/tables/id_index.h"
#include "runtime/tables/key_tables.h"
#include "runtime/tables/order_list.h"
#include "runtime/tables/record_table.h"
#include "runtime/timers/wheel.h"

namespace flow::service {

// How long what has ended is kept, in milliseconds of service time; by the flow's name where it is given.
struct RetentionRule {
  std::int64_t usual_ms = 0;
  std::map<std::string, std::int64_t> by_flow;
};

// What a shard works with. All of it outlives the shard.
struct ShardParts {
  store::SlotRange slots;
  const core::Clock& clock;
  core::Random& random;
  store::Storage& storage;
  outbox::Transport& transport;
  outbox::Gates& gates;
  Bundles& bundles;
  core::MetricSet& metrics;
  ShardMetrics& shard_metrics;
  program::RegionLookup region_of;
  const core::SipKey& hash_key;
  std::size_t executions_max;                // running at a time
  const Snapshot<RetentionRule>& retention;  // may be replaced at any time
  std::shared_ptr<Mailbox> mailbox;
  operations::Executor* operations = nullptr;  // null: none is carried out
  // Asks for a contact of any slot. Any thread.
  std::function<void(ContactRequest request, Done<ContactAnswer> done)> contact;
  // The whole service, to which other executions belong, wherever they are. Any thread.
  std::function<void(StartRequest, Done<StartAnswer>)> start_other = {};
  std::function<void(core::ExecutionId caller, std::uint32_t operation)> tell_caller = {};
};

// Who the conversation is with: the first input that is_party().
std::string_view party_of(const program::Frame& frame);

class Shard {
 public:
  explicit Shard(ShardParts parts);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  // Goes on where the log stands. Before anything else; any thread, before the shard's own gets it.
  Status load(std::unique_ptr<store::ShardLog> log);

  // Runs the commands that fit into one batch, due timers and due attempts; releases what has become durable.
  void step();
  // When step() has something to do without a command or a wake; program::kNever: not before one comes.
  std::int64_t next_ms() const;
  // The same without housekeeping, which nobody waits for.
  std::int64_t next_due_ms() const;
  bool busy() const { return !commands_.empty() || !parts_.mailbox->idle(); }
  // From here on every command, waiting ones included, is answered with `fault`, and nothing is changed. What was
  // committed before is made durable; whether it was is not said any more.
  void close(Fault fault);
  // Gives the log back; waits for the disk. After close().
  void release_log() { log_.reset(); }

  bool closed() const { return closed_.has_value(); }
  // Why the shard closed itself.
  const std::optional<store::LogFailure>& failure() const { return failure_; }
  std::size_t in_flight() const { return schedule_.in_flight() + operations_flying_; }
  const store::SlotRange& slots() const { return parts_.slots; }

  // ---- Of Service, as tasks; each answers after the commit of the step that runs it.

  // Summaries of those that run, from the one before `before` on (order; 0: from the youngest), at most `limit`.
  struct Listed {
    std::uint64_t order = 0;
    ExecutionSummary summary;
  };
  struct ListFilter {
    std::optional<std::uint32_t> flow;
    std::optional<std::uint32_t> bundle;
    std::uint64_t party = 0;
    std::uint64_t before = 0;
    std::size_t limit = 0;
  };
  void list(ListFilter filter, Done<std::vector<Listed>> done);
  void erase_party(std::uint64_t party, Done<EraseAnswer> done);
  void view(Done<ShardView> done);
  void child_ended(const core::ExecutionId& caller, std::uint32_t operation);

  // ---- Told by others, as tasks
  void row_arrived(const core::ExecutionId& id, Result<std::optional<store::EndedRow>> row);
  void key_arrived(std::uint64_t key, const Result<std::optional<store::EndedRow>>& row);
  void bundle_failed(std::uint32_t bundle, const Error& error);
  void keys_arrived(const store::Lookups::KeyPortion& portion);
  void keys_complete() { keys_loaded_ = true; }
  void pruned(const Result<std::size_t>& count);
  void clearance_arrived(const outbox::Name& name, Outcome<ContactAnswer> answer);

 private:
  using Handle = tables::RecordTable::Handle;
  static constexpr Handle kNoHandle = UINT32_MAX;  // of an execution that is not in the table yet

  // A flow of a bundle, as far as executions of this shard are on it.
  struct Use {
    std::uint32_t bundle = 0;
    std::uint32_t flow = 0;
    const FlowCode* code = nullptr;                              // null: not loaded
    bool broken = false;                                         // it could not be loaded when it was last tried
    std::vector<outbox::LaneId> lanes;                           // by channel
    std::vector<std::optional<outbox::ChannelPolicy>> policies;  // likewise; nothing: not bound
    std::unique_ptr<Dictionary> dictionary;                      // of resting images; made when there are some
    std::vector<Command> waiting;                                // for the code, in their order
    std::vector<core::ExecutionId> resumes;  // whose messages are to be tried again when there is code
  };
  // The execution that is being moved, taken out of its record.
  struct Work {
    Handle handle = 0;
    Head head;
    Image image;
    bool fresh = false;    // its frame is decoded
    bool changed = false;  // since it was last stored
  };
  struct Attempt {
    bool open = false;
    ChannelMetrics* metrics = nullptr;
    outbox::Turn turn;
  };
  // An attempt that keeps its turn while the recipient's shard is asked (clearance.h).
  struct Held {
    outbox::Turn turn;
    std::size_t question = 0;
    std::optional<Outcome<ContactAnswer>> answer;
  };
  struct IdOf {
    const tables::RecordTable* table;
    tables::Id operator()(std::uint32_t handle) const { return id_of(table->get(handle)).bytes; }
  };

  struct KeyOf {
    const tables::RecordTable* table;
    std::uint64_t operator()(std::uint32_t handle) const { return key_of(table->get(handle)); }
  };

  // What waits for the disk.
  struct StartAnswered {
    Done<StartAnswer> done;
    Outcome<StartAnswer> value;
  };
  struct ReceiptAnswered {
    Done<ReceiptVerdict> done;
    Outcome<ReceiptVerdict> value;
  };
  struct SignalAnswered {
    Done<SignalAnswer> done;
    Outcome<SignalAnswer> value;
  };
  using Answered = std::move_only_function<void(const Fault*)>;  // null: it is durable
  struct Answer {
    std::uint64_t sequence = 0;
    std::variant<StartAnswered, ReceiptAnswered, SignalAnswered, Answered> what;
  };
  struct Sending {
    std::uint64_t sequence = 0;
    std::uint32_t attempt = 0;
    outbox::SendRequest send;
    bool needless = false;
  };
  // An operation without an outcome: it waits for its turn, or is under way, or its execution's code is.
  struct Asked {
    std::int64_t at_ms = 0;
    bool waits = false;  // among the turns
    bool under_way = false;
    bool look = false;          // what it started has ended meanwhile: ask again at once
    std::int64_t pause_ms = 0;  // before it was asked the last time how what it started goes on
  };
  struct Asking {
    std::uint64_t sequence = 0;
    std::shared_ptr<const program::Program> program;
    std::int64_t not_after_ms = 0;
    std::uint32_t bundle = 0;
    bool cancelled = false;
    operations::Request request;
    std::optional<ContactRequest> contact = {};        // asked for instead
    std::optional<outbox::TypingRequest> typing = {};  // likewise
    std::optional<operations::Report> report = {};     // no operation at all
  };
  // Waits until the tables have what was ended for it.
  struct Erasing {
    std::uint64_t sequence = 0;
    std::uint64_t party = 0;
    std::size_t ended = 0;
    Done<EraseAnswer> done;
  };
  struct Batched {
    std::uint64_t sequence = 0;
    std::int64_t at_ns = 0;
  };

  static constexpr std::int64_t kAgainAfterFaultMs = 60'000;

  // shard.cpp
  bool waits_for_log() const;  // which wakes it when it has written, or will never be
  void take_commands();
  void commit();
  void release();
  void give(Answer& answer);
  void watch_log();
  void settle_ended();
  void keep_house();
  std::array<std::size_t, ShardMetrics::kMemoryCount> memory() const;
  std::int64_t now();
  std::int64_t service_ms(std::int64_t real_ms) const;
  std::uint64_t next_sequence() const { return last_sequence_ + 1; }
  void execute(Command& command);
  void refuse(Command& command, const Fault& fault);
  void answer(Done<StartAnswer> done, Outcome<StartAnswer> value);
  void answer(Done<ReceiptVerdict> done, Outcome<ReceiptVerdict> value);
  void answer(Done<SignalAnswer> done, Outcome<SignalAnswer> value);
  template <typename T>
  void answer(Done<T> done, Outcome<T> value) {
    answer_with([done = std::move(done), value = std::move(value)](const Fault* fault) mutable {
      done(fault != nullptr ? Outcome<T>(std::unexpected(*fault)) : std::move(value));
    });
  }
  void answer_with(Answered how);

  // shard_load.cpp
  Status load_records();
  Status load_record(const LoadWindow::Item& item, LoadIndex& index);
  Status arm(Handle handle);
  void resume_some();
  void report();
  void count_bytes(std::size_t image_bytes);
  void resume(const core::ExecutionId& id);
  void rewrite_some();
  void prune();
  void load_keys();

  // shard_tables.cpp
  std::optional<Handle> find(const core::ExecutionId& id) const { return ids_.find(id.bytes); }
  void erase(Handle handle);
  void find_code(Use& use);
  void find_policies(Use& use);
  std::uint32_t use_of(std::uint32_t bundle, std::uint32_t flow);
  void refresh_uses();
  std::optional<Handle> reach(const core::ExecutionId& id, Command& command, bool* parked);
  bool has_code(std::uint32_t use, Command& command);
  void fetch(const core::ExecutionId& id);

  std::string_view image_of(const Head& head, Bytes rest);
  std::int64_t resting_ms() const { return service_ms(2000); }
  bool squeeze(Handle handle);
  void squeeze_some();

  // shard_executions.cpp
  const FlowCode& code() const { return *uses_[work_.head.use].code; }
  std::int64_t base_ms() const { return started_ms(work_.head.order); }
  // Of an ended one.
  std::int64_t ended_at_ms() const { return base_ms() + work_.image.ended_after_ms; }
  bool open(Handle handle);
  bool load_frame();
  bool move(const program::FlowEvent& event, const Entry& cause);
  void carry_out(program::Effect& effect);
  void add_send(program::Effect& effect);
  void end(program::EndKind how, std::string_view outcome, std::string_view reason);
  void fail_execution(std::string_view reason);
  void note(const Entry& entry);
  void put_work();
  void store_work();
  void remember_work();
  void internal_error(std::string_view what);
  void fire_due();
  void fire(Handle handle);
  void run(TimerCommand& command, Command& whole);
  void run(ReceiptCommand& command, Command& whole);
  bool knows_provider_id(std::string_view id);
  void run(SignalCommand& command, Command& whole);

  // shard_inbound.cpp
  void run(InboundCommand& command, Command& whole);
  void refuse(InboundCommand& command, const Fault& fault);
  InboundVerdict take_inbound(const InboundCommand& command, const std::vector<Handle>& talking);
  void finish(InboundCommand& command, InboundVerdict verdict);
  bool key_is_known(InboundCommand& command, Command& whole);
  void start_by_message(InboundCommand& command, Command& whole);

  // shard_reads.cpp
  void run(ReadCommand& command, Command& whole);
  ExecutionSummary summary();
  RawView raw_view();
  void list_on(ListFilter filter, Handle from, std::vector<Listed> found, Done<std::vector<Listed>> done);
  void erase_on(std::uint64_t party, Handle from, std::size_t ended, Done<EraseAnswer> done);
  void erase_open();
  void erase_behind(std::uint64_t indexed);
  void erased(std::size_t ended, const Result<std::size_t>& count, Done<EraseAnswer> done);
  void later(Task task);

  // shard_starts.cpp
  void run(StartCommand& command, Command& whole);
  bool answer_known_key(StartCommand& command, Command& whole);
  void refuse_start(StartCommand& command, Fault fault);
  std::optional<Fault> overload();
  std::optional<Fault> congested(std::int64_t now_ms);
  void begin(StartCommand& command);
  Outcome<bool> try_begin(StartCommand& command);
  void commit_begun();
  void answer_repeated(StartCommand& command, std::uint64_t fingerprint, StartAnswer answer);

  // shard_sends.cpp
  Pending* find_pending(std::uint32_t message);
  bool drop_pending(std::uint32_t message);
  bool withdraw_pending(std::uint32_t message);
  void schedule(const Pending& pending, std::int64_t at_ms);
  void begin_attempts();
  bool begin_attempt(const outbox::Turn& turn);
  void run(TurnCommand& command, Command& whole);
  void run(AttemptCommand& command, Command& whole);
  void settle_attempt(const AttemptCommand& command);
  outbox::SendRequest request_of(const Pending& pending);
  std::uint32_t new_attempt(const outbox::Turn& turn, ChannelMetrics& metrics);
  void hand_over(Sending& sending);
  void attempt_ended(std::uint32_t message, ChannelMetrics& metrics, const outbox::SendResult& result);
  void accepted(std::uint32_t message, const ChannelMetrics& metrics, const outbox::SendResult& result);
  void retry_or_give_up(Pending& pending, const outbox::SendResult& result);
  // What the flow is told; nothing: it is not.
  using Told = std::optional<program::Receipt>;
  void not_sent(std::uint32_t message, std::uint32_t channel, std::string_view reason, Told told);

  // shard_contacts.cpp
  bool is_contact(const Head& head) const { return uses_[head.use].bundle == kContactBundle; }
  Status arm_contact(const Head& head, Handle handle, Bytes image);
  std::optional<Handle> find_contact(std::uint64_t party, Contact& contact);
  void store_contact(std::optional<Handle> handle, std::uint64_t party, std::uint8_t slot, const Contact& contact);
  void erase_contact(Handle handle);
  void run(ContactCommand& command, Command& whole);
  std::optional<outbox::TypingRequest> typing_request(const operations::Request& request) const;
  bool show_typing(Asking& asking);
  void report_on(const ReceiptReport& report);
  void tell(Asking& asking);
  bool ask_contact(Asking& asking);
  Outcome<ContactAnswer> ask_own(const ContactRequest& request);
  void hear_of(const InboundMessage& message, std::uint64_t party);
  void expire_contact(Handle handle);

  // shard_clearance.cpp
  enum class Clearance : std::uint8_t { given, held, refused };
  Clearance clear(const outbox::Turn& turn, const Pending& pending);
  bool refuse_send(const Pending& pending, const std::optional<Refusal>& refusal);

  // shard_operations.cpp
  PendingOperation* find_operation(std::uint32_t operation);
  void add_operation(program::Effect& effect);
  void cancel_operation(std::uint32_t operation);
  void drop_operations();
  void schedule_operation(const outbox::Name& name, std::int64_t at_ms);
  void forget_operation(const outbox::Name& name);
  std::int64_t next_operation_ms() const;
  void begin_operations();
  void begin_operation(const outbox::Name& name);
  void ask(Asking& asking);
  void run(OperationTurnCommand& command, Command& whole);
  void run(OperationCommand& command, Command& whole);
  void refuse(OperationCommand& command);
  void settle_operation(OperationCommand& command);
  void remember_turn(bool ours, std::string_view text);
  void tell_history(const program::OperationInfo& site, operations::Request& request);
  void operation_ended(PendingOperation& pending, const operations::Answer& answer);
  void settle(std::uint32_t operation, program::WrittenEvent result, std::string_view reason);
  void remove_operation(std::uint32_t operation);

  // shard_children.cpp
  static bool starts_other(const program::OperationInfo& site);
  void ask_other(Asking& asking);
  bool other_answered(PendingOperation& pending, const Outcome<StartAnswer>& answer);
  void ask_other_later(const outbox::Name& name, std::int64_t pause_ms, std::int64_t at_least_ms);
  bool answer_child(StartCommand& command, Command& whole);
  void limit_child(const ChildStart& child);
  void leave_outputs();
  static StartAnswer answer_of(const Head& head, const Image& image, std::string bundle, std::int64_t started_at_ms);

  ShardParts parts_;
  std::unique_ptr<store::ShardLog> log_;

  std::shared_ptr<const Directory> directory_;
  std::vector<Use> uses_;
  std::unordered_map<std::uint64_t, std::uint32_t> use_index_;

  tables::RecordTable table_;
  tables::IdIndex<IdOf> ids_;
  tables::KeyIndex<KeyOf> keys_;
  tables::KeyHistory ended_keys_;
  bool keys_loaded_ = false;
  tables::OrderList running_order_;
  Conversations conversations_;
  std::unordered_map<std::uint64_t, Handle> contacts_;  // by the hash of the address
  std::map<outbox::Name, Held> held_;
  timers::Wheel timers_;
  outbox::Schedule schedule_;
  std::vector<Attempt> attempts_;
  std::vector<std::uint32_t> free_attempts_;

  std::unordered_map<core::ExecutionId, std::vector<Command>> waiting_rows_;
  std::unordered_map<std::uint64_t, std::vector<Command>> waiting_keys_;
  const core::ExecutionId* absent_ = nullptr;                      // known to be nowhere while its commands are run
  std::deque<std::pair<std::uint64_t, core::ExecutionId>> ended_;  // kept until the tables have them

  program::Frame frame_;
  Work work_;
  std::string record_;  // being put together
  std::size_t head_bytes_ = 0;
  std::string packed_;
  std::string unsqueezed_;
  // What is to be made small when it has not changed for a moment: each change, in their order; and what was loaded.
  struct Changed {
    std::int64_t at_ms = 0;
    Handle handle = 0;
  };
  std::deque<Changed> changed_;
  Handle squeeze_at_ = 0;
  Handle squeeze_end_ = 0;
  bool squeezing_ = false;  // there is more to do at once
  std::string mask_;
  std::vector<outbox::Turn> turns_;
  std::array<std::uint8_t, 4096> random_pool_{};
  std::size_t random_left_ = 0;

  std::vector<Command> commands_;
  std::size_t next_command_ = 0;
  store::Batch batch_;
  std::uint64_t last_sequence_ = 0;
  std::deque<Answer> answers_;
  std::size_t step_answers_ = 0;  // of the step in progress
  std::deque<Sending> sends_;
  std::size_t step_sends_ = 0;
  std::map<outbox::Name, Asked> operations_;
  std::set<std::pair<std::int64_t, outbox::Name>> operation_turns_;
  std::size_t operations_flying_ = 0;
  std::deque<Asking> asking_;
  std::size_t step_asking_ = 0;
  std::deque<Batched> batched_;
  std::vector<Erasing> erasing_;
  std::uint64_t purge_before_ = 0;  // of the last person that was erased

  std::uint64_t last_order_ = 0;
  std::int64_t last_now_ms_ = 0;
  std::int64_t house_at_ms_ = 0;
  bool pruning_ = false;
  bool overloaded_ = false;  // the tables lag too far behind
  bool low_space_ = false;
  std::int64_t sizes_at_ms_ = 0;
  std::int64_t prune_at_ms_ = 0;
  std::int64_t report_at_ms_ = 0;
  // Of the last records that were written or loaded of executions that run: what one takes in the log.
  double seen_bytes_ = 0;
  double seen_records_ = 0;
  bool resuming_ = false;
  bool rewriting_ = false;
  Handle rewrite_at_ = 0;
  std::uint64_t rewrite_target_ = 0;
  std::uint64_t rewritten_before_ = 0;

  core::Metric& running_gauge_;
  core::Metric& contacts_gauge_;
  core::Metric& waiting_gauge_;
  core::Metric& flying_gauge_;
  core::Metric& operations_waiting_gauge_;
  core::Metric& operations_flying_gauge_;
  std::size_t operations_waiting_shown_ = 0;
  std::size_t operations_flying_shown_ = 0;
  std::size_t running_shown_ = 0;
  std::size_t contacts_shown_ = 0;
  std::size_t waiting_shown_ = 0;
  std::size_t flying_shown_ = 0;
  std::array<std::size_t, ShardMetrics::kMemoryCount> memory_shown_{};

  std::optional<Fault> closed_;
  std::optional<store::LogFailure> failure_;
};

}  // namespace flow::service
