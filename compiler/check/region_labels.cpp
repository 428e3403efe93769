// A region code beside the name of another country: `ML => whatsapp_my // Malaysia`.
#include <algorithm>
#include <array>
#include <map>

#include "compiler/check/graph.h"
#include "compiler/check/region_names.h"
#include "compiler/check/stages.h"

namespace flow::check {
namespace {

using catalogue::Region;

// Last words of step names that are region codes by accident.
constexpr auto kPlainWords =
    std::to_array<std::string_view>({"ad", "ag", "ai", "am", "as", "at", "be", "by", "do", "id", "in", "is",
                                     "it", "me", "no", "pm", "so", "tv", "to", "us", "la", "va", "mc", "mm"});

std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words{""};
  for (const char c : name)
    if (c == '_')
      words.emplace_back();
    else
      words.back() += c;
  return words;
}

// What a step's name says of a country: a whole name in it, or a code at its end.
const Region* region_in_step_name(const std::string& name) {
  const auto words = words_of(name);
  for (const std::string& word : words)
    if (word.size() > 3)
      if (const Region* region = region_of_name(word)) return region;
  const std::string& last = words.back();
  if (words.size() < 2 || last.size() != 2 || std::ranges::find(kPlainWords, last) != kPlainWords.end()) return nullptr;
  std::string code = last;
  for (char& c : code) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return catalogue::find_region(code);
}

class Labels {
 public:
  Labels(FlowScope& scope, const RecognizeRegion& body, const syntax::Entry& entry)
      : scope_(scope), body_(body), entry_(entry) {
    for (const auto& arm : body.arms)
      for (const std::string& code : arm.regions) told_apart_.push_back(code);
  }

  void run() {
    auto arm = body_.arms.begin();  // in the order of the lines
    for (const syntax::Entry& line : entry_.block->entries)
      if (arm != body_.arms.end() && line.head.span == arm->span) check_arm(line, *arm++);
  }

 private:
  void check_arm(const syntax::Entry& line, const RecognizeRegion::Arm& arm) {
    if (arm.regions.empty()) return;
    for (const syntax::Comment& comment : line.leading)
      if (contradicts(comment, arm)) return;
    for (const auto* comment : {&line.trailing, &line.after_brace})
      if (*comment && contradicts(**comment, arm)) return;
    if (step_contradicts(arm)) return;
    for (const syntax::Comment& comment : entry_.leading)
      if (doc_contradicts(comment, arm)) return;
    for (const syntax::Entry* header : scope_.header)
      for (const syntax::Comment& comment : header->leading)
        if (header->head.items[0].exprs.size() > 0 && header->head.items[0].exprs[0].text == "flow" &&
            doc_contradicts(comment, arm))
          return;
  }

  static bool has(const RecognizeRegion::Arm& arm, const Region& region) {
    return std::ranges::find(arm.regions, region.code) != arm.regions.end();
  }

  // A comment at the arm that names countries, and none of the arm's own.
  bool contradicts(const syntax::Comment& comment, const RecognizeRegion::Arm& arm) {
    const auto named = regions_named_in(comment.text);
    if (named.empty() || std::ranges::any_of(named, [&](const Region* region) { return has(arm, *region); }))
      return false;
    report(arm, *named.front(), comment.span, fmt::format("the comment says {}", named.front()->name));
    return true;
  }

  // `ML => whatsapp_my`, unless an arm of its own tells MY apart: then the step is shared on purpose.
  bool step_contradicts(const RecognizeRegion::Arm& arm) {
    const Target* target = &arm.target;
    if (target->kind != Target::Kind::step) return false;
    const std::string& name = scope_.flow.steps[index(target->step)].name;
    const Region* region = region_in_step_name(name);
    if (region == nullptr || has(arm, *region) || std::ranges::find(told_apart_, region->code) != told_apart_.end())
      return false;
    report(arm, *region, target->span, fmt::format("the name of `{}` says {}", name, region->name));
    return true;
  }

  // The words above the step or the flow speak of a country that no arm has, and this arm's code could be taken for it.
  bool doc_contradicts(const syntax::Comment& comment, const RecognizeRegion::Arm& arm) {
    const auto named = regions_named_in(comment.text);
    if (arm.regions.size() != 1 || std::ranges::any_of(named, [&](const Region* region) { return has(arm, *region); }))
      return false;
    for (const Region* region : named) {
      if (std::ranges::find(told_apart_, region->code) != told_apart_.end() ||
          !could_stand_for(arm.regions[0], region->name))
        continue;
      report(arm, *region, comment.span, fmt::format("{} is spoken of here", region->name));
      return true;
    }
    return false;
  }

  // ML for MaLaysia: the first letter, and the other one later in the name.
  static bool could_stand_for(const std::string& code, std::string_view name) {
    const auto lower = [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); };
    return !name.empty() && lower(name[0]) == lower(code[0]) && name.find(lower(code[1]), 1) != std::string_view::npos;
  }

  void report(const RecognizeRegion::Arm& arm, const Region& other, Span where, const std::string& label) {
    const Region* own = catalogue::find_region(arm.regions[0]);
    scope_.sink()
        .report(Code::region_contradiction, arm.span, "{} is {}; {} is {}", own->code, own->name, other.name,
                other.code)
        .also(where, label)
        .hint(fmt::format("write `{}` if {} is meant, or correct the other place", other.code, other.name));
  }

  FlowScope& scope_;
  const RecognizeRegion& body_;
  const syntax::Entry& entry_;
  std::vector<std::string> told_apart_;
};

}  // namespace

void check_region_labels(FlowScope& scope) {
  if (!scope.structure_known) return;
  for (std::size_t i = 0; i < scope.flow.steps.size(); ++i)
    if (const auto* body = std::get_if<RecognizeRegion>(&scope.flow.steps[i].body))
      Labels(scope, *body, *scope.step_entries[i]).run();
}

namespace {

void check_codes_allowed(FlowScope& scope, const RecognizeCallingCode& body) {
  const auto& allowed = scope.shared.workspace.allowed_regions;
  for (const auto& arm : body.arms) {
    for (const auto& code : arm.codes) {
      const bool open = std::ranges::any_of(
          code.regions, [&](const std::string& region) { return std::ranges::find(allowed, region) != allowed.end(); });
      if (open) continue;
      scope.sink()
          .report(Code::region_not_reached, arm.span,
                  "nothing is sent to numbers with {}: `allow regions` does not "
                  "name {}",
                  code.code, quoted(code.regions, "or"))
          .also(scope.shared.regions_span, "the regions that are")
          .hint("add one of its regions there, or take it out here: every message to it is `failed`");
    }
  }
}

// Does a way from `target` lead to a message to `number`?
bool leads_to_send(const Flow& flow, const Target& target, const Expr& number) {
  std::vector<StepId> from;
  for (const Exit& exit : exits_of_target(flow, target))
    if (exit.to) from.push_back(*exit.to);
  const std::vector<bool> reached = reachable(flow, from);
  for (std::size_t i = 0; i < flow.steps.size(); ++i) {
    const auto* send = std::get_if<Send>(&flow.steps[i].body);
    if (reached[i] && send != nullptr && send->to.kind == number.kind && send->to.variable == number.variable)
      return true;
  }
  return false;
}

// When the arms name all regions that may be sent to, `else` takes numbers to which nothing goes out.
void check_else_allowed(FlowScope& scope, const RecognizeRegion& body) {
  const auto named = [&](const std::string& code) {
    return std::ranges::any_of(
        body.arms, [&](const auto& arm) { return std::ranges::find(arm.regions, code) != arm.regions.end(); });
  };
  if (body.number.kind != ExprKind::variable || !std::ranges::all_of(scope.shared.workspace.allowed_regions, named) ||
      !leads_to_send(scope.flow, body.otherwise, body.number))
    return;
  scope.sink()
      .report(Code::region_not_reached, body.otherwise.span,
              "nothing is sent to the numbers that `else` takes: the arms name every region of `allow regions`")
      .also(scope.shared.regions_span, "the regions that are")
      .hint("lead `else` to an end, `end failed \"not served\"`; every message to such a number is `failed`");
}

}  // namespace

void check_regions_allowed(FlowScope& scope) {
  const Workspace& workspace = scope.shared.workspace;
  if (!scope.structure_known || workspace.all_regions || workspace.allowed_regions.empty()) return;
  for (const Step& step : scope.flow.steps) {
    if (const auto* codes = std::get_if<RecognizeCallingCode>(&step.body)) check_codes_allowed(scope, *codes);
    const auto* body = std::get_if<RecognizeRegion>(&step.body);
    if (body == nullptr) continue;
    check_else_allowed(scope, *body);
    for (const auto& arm : body->arms) {
      for (const std::string& code : arm.regions) {
        if (std::ranges::find(workspace.allowed_regions, code) != workspace.allowed_regions.end()) continue;
        scope.sink()
            .report(Code::region_not_reached, arm.span, "nothing is sent to {} ({}): `allow regions` does not name it",
                    code, catalogue::find_region(code)->name)
            .also(scope.shared.regions_span, "the regions that are")
            .hint(fmt::format("add {} there, or take it out here: every message to it is `failed`", code));
      }
    }
  }
}

}  // namespace flow::check
