// Every limit of the product, in one place, unit last. Each has a test that reaches it (tests/house sees to that).
// A limit that users meet is in docs/language/reference.md or docs/operating.md as well.
#pragma once

#include <cstddef>
#include <cstdint>

namespace flow::limits {

// Source text.
inline constexpr std::size_t kSourceBytesMax = 16 << 20;  // one .flow file
inline constexpr std::size_t kWorkspaceFilesMax = 4096;   // .flow files in a workspace
inline constexpr std::size_t kNestingDepthMax = 64;       // blocks, brackets, interpolations, expressions
inline constexpr std::size_t kSyntaxErrorsMax = 20;       // syntax errors reported for one file
inline constexpr std::size_t kDiagnosticsMax = 200;       // diagnostics reported for one run
inline constexpr std::size_t kNameCharsMax = 64;          // of a flow, step, variable, channel, …

// A flow.
inline constexpr std::size_t kStepsMax = 100'000;
inline constexpr std::size_t kVariablesMax = 500;
inline constexpr std::size_t kGuaranteesMax = 100;
inline constexpr std::size_t kJumpMax = 1000;                              // N of `jump STEP max N`
inline constexpr std::size_t kTextValueBytesMax = std::size_t{64} * 1024;  // a text that a flow holds or sends
inline constexpr std::size_t kEventTextBytesMax = 64 << 20;  // texts that one event makes, before one of them traps
inline constexpr std::size_t kMessagesPerExecutionMax = 1000;
inline constexpr std::size_t kOperationsPerExecutionMax = 1000;  // requests to the outside
inline constexpr std::uint32_t kOperationRetriesMax = 10;        // N of `retry N after D`
inline constexpr std::size_t kLabelsMax = 50;                    // of one `classify`
inline constexpr std::int64_t kHistoryTurnsMax = 50;             // `history N`
inline constexpr std::int64_t kGeneratedCharsMax = 16'000;       // `max N`: in UTF-8 it fits a text value
inline constexpr std::size_t kMessageLimitsMax = 16;             // `limit each …` of a workspace
inline constexpr std::int64_t kLimitMessagesMax = 1000;          // N of one of them
inline constexpr std::int64_t kLimitWithinMsMin = 1000;          // D of one
inline constexpr std::int64_t kLimitWithinMsMax = 31LL * 24 * 3600 * 1000;
inline constexpr std::int64_t kLimitDigitsMax = 14;  // n of `each prefix(n)`
inline constexpr std::int64_t kTypingMsMax = 5000;   // that `typing` waits for its provider
inline constexpr std::int64_t kExpiresMsDefault = 30LL * 24 * 3600 * 1000;
inline constexpr std::int64_t kExpiresMsMax = 400LL * 24 * 3600 * 1000;
inline constexpr std::int64_t kHandoverMsDefault = 30'000;

// Lists and records.
inline constexpr std::size_t kListItemsMax = 100;                     // N of `list(T, ..N)`
inline constexpr std::size_t kRecordMembersMax = 50;                  // of one record
inline constexpr std::size_t kListBytesMax = std::size_t{16} * 1024;  // of one list or record, as JSON

// Flow IR, as text in a bundle and for the verifier.
inline constexpr std::size_t kIrTextBytesMax = 32 << 20;                 // of one flow
inline constexpr std::size_t kIrStepsMax = 200'000;                      // a flow's, and one for each arm of a test run
inline constexpr std::size_t kIrCountersMax = 65'536;                    // more jumps than a source file can hold
inline constexpr std::size_t kIrFunctionBitsMax = std::size_t{1} << 28;  // blocks × registers of one function

// The passes over it, of one flow.
inline constexpr std::size_t kFoldedTextBytesMax = 1 << 20;  // of new text constants
inline constexpr std::uint64_t kFoldWorkMax = 64 << 20;      // bytes that are looked at to make them

// Events as JSON lines.
inline constexpr std::size_t kEventLineBytesMax = std::size_t{64} * 1024;
inline constexpr std::size_t kEventFileBytesMax = 16 << 20;

// Files of other products (compiler/import).
inline constexpr std::size_t kImportBytesMax = 64 << 20;    // one file, and what a compressed one holds
inline constexpr std::size_t kImportDepthMax = 200;         // levels of JSON
inline constexpr std::size_t kImportValuesMax = 4'000'000;  // values of JSON
inline constexpr std::size_t kImportNotesMax = 10'000;      // kept of one report; the rest is counted
inline constexpr std::size_t kImportTriggersMax = 16;       // events that start flows of one Studio definition

// Proofs.
inline constexpr std::size_t kProofLabelsMax = 100'000;  // ways that one exploration of a proof keeps
inline constexpr std::size_t kProofWorkMax = 1'000'000;  // of all explorations for one flow; past it bounds are coarse
inline constexpr std::size_t kProofInputsMax = 256;      // combinations of inputs that a search for a witness tries
inline constexpr std::size_t kProofLinesMax = 24;        // lines of a path that a refusal shows

// Phone numbers.
inline constexpr std::size_t kPhoneTextBytesMax = 64;  // as somebody wrote one, separators included

// Recognizing the language of a text.
inline constexpr std::size_t kDetectBytesMax = 4096;  // what counts of it

// HTTP, in both directions.
inline constexpr std::size_t kHttpHeadersMax = 128;  // of one message

// The service.
inline constexpr std::size_t kBundleBytesMax = 16 << 20;                 // one deployed bundle
inline constexpr std::size_t kInputsBytesMax = std::size_t{256} * 1024;  // the inputs of one start, as JSON
inline constexpr std::size_t kIdempotencyKeyBytesMax = 255;
inline constexpr std::size_t kApiBodyBytesMax = 1 << 20;        // a request that is neither of the next two
inline constexpr std::size_t kBatchBodyBytesMax = 8 << 20;      // many starts in one request
inline constexpr std::size_t kAnonymousBodyBytesMax = 1 << 12;  // of somebody without a token that fits
inline constexpr std::size_t kWebhookBytesMax = 1 << 20;        // a provider's report
inline constexpr std::size_t kWebhookReportsMax = 1000;         // in one of them
inline constexpr std::size_t kRepliesTriedMax = 32;             // executions of a conversation that are offered a reply
inline constexpr std::size_t kBatchStartsMax = 1000;            // starts in one request
inline constexpr std::size_t kListPageMax = 200;                // executions in one answer
inline constexpr std::size_t kCommandsQueuedMax = 16'384;       // waiting for a shard; more are refused as overloaded
inline constexpr std::size_t kAdminJobsMax = 64;                // deployments and the like that wait
inline constexpr std::size_t kEndedBehindMax = 500'000;         // ended, not in the tables yet; then starts are refused
inline constexpr std::size_t kCommandsPerCommitMax = 2048;      // that share one commit
inline constexpr std::size_t kActiveExecutionsMax = 2'000'000;  // in memory of one node
inline constexpr std::size_t kTurnBytesMax = 4096;              // that a model is told of what was said once
inline constexpr std::size_t kContactPartsMax = 100;            // attributes, and tags, of one contact
inline constexpr std::size_t kContactSendsMax = 3000;           // messages to one, or to a range, that limits count
inline constexpr std::size_t kContactChannelsMax = 100;         // on which somebody has written within a day
inline constexpr std::size_t kContactTextBytesMax = 4096;       // a name, value or tag of one
inline constexpr std::size_t kOperationsInFlightMax = 1024;     // requests of a shard to the outside at a time
inline constexpr std::size_t kOperationAnswerBytesMax = std::size_t{256} * 1024;  // the body of an answer to one
inline constexpr int kOperationRedirectsMax = 3;                                  // that one request follows
inline constexpr std::int64_t kSendsPerSecondMax = 100'000;                       // of a channel, as configured
inline constexpr std::int64_t kInFlightMax = 10'000;                 // attempts of a channel at a time, as configured
inline constexpr std::int64_t kQueuedSendsMax = 1'000'000;           // that a channel's queue may be configured to hold
inline constexpr std::int64_t kQueueTimeMsMax = 24LL * 3600 * 1000;  // that a first send may be configured to wait
inline constexpr std::int64_t kWorkersMax = 64;                      // threads that run executions, as configured
inline constexpr std::int64_t kRetentionDaysMax = 3'650;             // that what ended may be kept, as configured
inline constexpr std::int64_t kIdempotencyKeyHoursMax = 8'760;       // likewise, for its key
inline constexpr std::size_t kTimelineEntriesMax = 2000;             // kept of one execution; the last is never dropped

// Tables in memory.
inline constexpr std::size_t kRecordBytesMax = 1 << 20;  // one record of a RecordTable
inline constexpr std::size_t kKeyGenerationsMax = 64;    // of a KeyHistory; then they get longer

// PostgreSQL.
inline constexpr std::size_t kTransactionRecordsMax = 4096;     // that begin no further batch in a transaction
inline constexpr std::size_t kTransactionBytesMax = 8 << 20;    // likewise
inline constexpr std::size_t kDatabaseLookupsQueuedMax = 4096;  // look-ups that wait; more are refused

// Messages.
inline constexpr std::size_t kSentIdsMax = 200'000;   // ids of providers that are remembered on a node; the oldest go
inline constexpr std::size_t kMessagePartsMax = 256;  // of one message: rows, buttons, cards and what they have

// Several nodes.
inline constexpr std::size_t kForwardsMax = 16'384;         // requests that wait for other nodes; more are refused
inline constexpr std::size_t kForwardsPerRequestMax = 256;  // in one message to a node
inline constexpr std::size_t kForwardBytesMax = 16 << 20;   // of such a message, or of its answer

// Machine code.
inline constexpr std::size_t kObjectCodeBytesMax = 64 << 20;    // of one flow
inline constexpr std::size_t kObjectCacheBytesMax = 512 << 20;  // a folder of object code, all flows
inline constexpr std::size_t kNativeCodeBytesMax =
    1 << 30;  // in memory, all flows of a flowd; then they stay as they are

// Regular expressions.
inline constexpr std::size_t kPatternBytesMax = 1000;           // of one, as written
inline constexpr std::size_t kPatternMemoryBytesMax = 1 << 20;  // of one, compiled and at work
inline constexpr std::size_t kPatternsKeptMax = 4096;           // compiled ones; then all are made anew

// Numbers are exact: fixed-point with 6 decimals (docs/decisions/0003-numbers.md).
inline constexpr std::int64_t kNumberScale = 1'000'000;
inline constexpr std::int64_t kPriceMax = 1'000'000 * kNumberScale;       // of a part of a message
inline constexpr std::int64_t kNumberUnitsMax = 999'999'999'999'999'999;  // 12 digits before, 6 after the point

}  // namespace flow::limits
