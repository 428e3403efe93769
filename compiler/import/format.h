// A format that `flowc import` reads: a folder of its own over the shared parts, and a line in formats.cpp.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "compiler/import/draft.h"
#include "compiler/import/fidelity/graph.h"
#include "compiler/import/json.h"
#include "compiler/import/layout.h"
#include "compiler/import/report.h"

namespace flow::importing {

// A flow that flows of other files may start.
struct Startable {
  std::string flow;                                       // its name
  std::string contact;                                    // its input for whom it is with; empty: it needs none
  bool contact_is_text = false;                           // else a phone number
  std::map<std::string, std::string, std::less<>> texts;  // its other inputs, all texts, by the original's names
};
using Startables = std::map<std::string, Startable, std::less<>>;  // by what the originals call them: links()

struct Options {
  std::string flow_name;  // of the one flow, where the original has no name of its own; a name of the language
  bool named = false;     // `flow_name` is what somebody asked for: it counts before the original's own
  const Startables* others = nullptr;  // of files that are imported together with this one; null: none
};

struct ImportedFlow {
  DraftFlow flow;  // steps in reading order
  Layout layout;
};

struct Imported {
  std::vector<ImportedFlow> flows;
  // Declarations that the flows need of workspace.flow: `channel main_sms: sms { … }`, `function …`, `allow hosts …`.
  // Values that nobody can know (a sender) are made up, and a `changed` note says so.
  std::vector<DraftEntry> workspace;
  // Rules for all flows (regions, prices, limits), for a workspace.flow that is not there yet: one that is has its own.
  std::vector<DraftEntry> workspace_rules = {};
  Report report;  // when it failed, the flows are not written
  // What flows of other files start when they start this original; nothing: they cannot.
  std::optional<Startable> startable;
};

// What an original is called, and which others it starts, by the product's ids: those of the same product are linked.
struct Links {
  std::string id;  // empty: the file does not say it
  std::vector<std::string> starts;
};

// A file's flows by the second reader.
struct Originals {
  Result<std::vector<fidelity::Graph>> graphs;  // or why there are none
  // Where the original is written in the words of the language: the text of each flow without comments, in the order of
  // the graphs; the imported text must say the same, word by word. None: it is not.
  std::vector<std::string> texts;
};

class Format {
 public:
  virtual ~Format() = default;

  virtual std::string_view name() const = 0;     // of `--from`: "studio"
  virtual std::string_view product() const = 0;  // "Twilio Studio v2"

  // Whether this looks like it, by what no other format has.
  virtual bool recognises(const Json& json) const = 0;

  // For a file that is no JSON, before any format is asked whether it recognises it: the JSON that this format finds
  // inside `text` (Terraform's HCL around a definition), which read() and graphs() then take. Pointers of notes lead
  // into that JSON. Without a value: not of this format. An error: it is, and cannot be read.
  virtual std::optional<Result<Json>> from_text(std::string_view text) const {
    (void)text;
    return std::nullopt;
  }

  // Nothing where the product has no flows that start others. Never throws.
  virtual Links links(const Json& json) const {
    (void)json;
    return {};
  }

  // Never throws; what cannot be read is a `not_understood` note with its pointer.
  virtual Imported read(const Json& json, const Options& options) const = 0;

  // The labelled transition graphs of the original's flows, in the order of read(), by a reader that shares nothing
  // with read() but json.h (fidelity/graph.h). Fails where the original cannot be followed. May be fewer: flows of
  // read() beyond them stand in for what was not in the file (a sub-flow that is only named), and have no original.
  virtual Result<std::vector<fidelity::Graph>> graphs(const Json& json) const = 0;

  // The same, and more where the original says more.
  virtual Originals originals(const Json& json) const { return {graphs(json), {}}; }
};

// All, in the order in which they are asked whether they recognise a file.
std::span<const Format* const> formats();

}  // namespace flow::importing
