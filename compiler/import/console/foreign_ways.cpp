#include "compiler/import/console/foreign_ways.h"

#include <unordered_map>

#include <fmt/format.h>

namespace flow::importing::console::foreign {
namespace {

struct Row {
  Type type{};
  std::string_view names;  // as the console calls it, in small letters
};
constexpr Row kRows[] = {
    {Type::start, "start begin startnode trigger startevent"},
    {Type::end, "end finish stop endevent"},
    {Type::note, "note stickynote comment annotation remark"},
    {Type::typing, "typingindicator whatsapptypingindicator sendwhatsapptypingindicator sendawhatsapptypingindicator"},
    {Type::reply, "waitforaresponse waitforresponse waitingforreply waitforreply waitingforwhatsappreply"},
    {Type::branch, "branchingbyconditions branchingbycondition conditionalbranch conditionalbranching condition"},
    {Type::schedule,
     "branchingbydatetime branchingbydate dateconditionalbranch datetimebranch datetimeconditionalbranch"},
    {Type::jump, "jumptoanotherstep jumptostep jumptoanothernode jumptonode jump"},
    {Type::set, "setvariables setvariable"},
    {Type::wait, "wait"},
    {Type::phone, "recognizeaphonenumber recognizephonenumber phonenumberidentification phonenumberrecognition"},
    {Type::language,
     "recognizelanguagefromtext recognizelanguage languageidentification languagerecognition identifylanguage"},
    {Type::entities,
     "recognizeentitiesintext recognizeentities identifyentitiesintext identifyentities entityrecognition"},
    {Type::random, "randombranch randombranching"},
    {Type::http, "httprequest http"},
    {Type::function, "callafunction callfunction functioncompute"},
    {Type::classify,
     "sentimenttopicclassification sentimentclassification topicclassification emotiontopicidentification "
     "sentimentandtopicclassification"},
    {Type::generate, "naturallanguagegenerate naturallanguagegeneration"},
    {Type::forward, "forwardtoflow forwardtoprocess"},
    {Type::journey, "forwardtoflownew forwardtoprocessnew forwardtojourney forwardtojourneynew"},
    {Type::kept, "transfertohumanagent transfertohuman"},
};

std::unordered_map<std::string, Known> all_types() {
  std::unordered_map<std::string, Known> all;
  for (const Row& row : kRows) {
    for (std::string_view rest = row.names; !rest.empty();) {
      const std::size_t space = std::min(rest.find(' '), rest.size());
      all.emplace(rest.substr(0, space), Known{row.type});
      rest.remove_prefix(std::min(space + 1, rest.size()));
    }
  }
  for (const std::string_view channel : {"viber", "whatsapp", "sms", "messenger", "instagram", "email"}) {
    for (const std::string_view article : {"", "a", "an"}) {
      all.emplace(fmt::format("send{}{}message", article, channel), Known{Type::message, channel});
      all.emplace(fmt::format("waitfor{}{}response", article, channel), Known{Type::reply, channel});
    }
    for (const std::string_view shape : {"{}", "send{}", "{}message"})
      all.emplace(fmt::format(fmt::runtime(shape), channel), Known{Type::message, channel});
    all.emplace(fmt::format("waitfor{}reply", channel), Known{Type::reply, channel});
  }
  all.emplace("sendanemail", Known{Type::message, "email"});
  return all;
}

}  // namespace

Known known_type(std::string_view written) {
  static const auto kTypes = all_types();
  std::string name = letters(written);
  for (int i = 0; i < 2; ++i) {
    if (const auto found = kTypes.find(name); found != kTypes.end()) return found->second;
    if (!name.ends_with("node")) break;
    name.resize(name.size() - 4);
  }
  return {};
}

bool is_component(std::string_view written) {
  return known_type(written).type != Type::other;
}

bool is_one(std::string_view word, Keys all) {
  return std::find(all.begin(), all.end(), word) != all.end();
}

bool is_failed(std::string_view word) {
  return !contains(word, "undelivered") && !contains(word, "unread") &&
         (contains(word, "fail") || contains(word, "error"));
}

bool is_silent(std::string_view word) {
  if (contains(word, "undelivered") || contains(word, "unread") || is_failed(word)) return false;
  for (const std::string_view part : {"timeout", "notreplied", "noreply", "noresponse", "unreplied", "notreply"})
    if (contains(word, part)) return true;
  return false;
}

bool goes_on(const Way& way) {
  const std::string port = letters(way.port);
  if (port.size() <= 2 || port.find_first_of("0123456789") != std::string::npos) return true;
  for (const std::string_view begin : {"out", "port", "source", "right", "bottom", "left", "top", "handle", "next"})
    if (port.starts_with(begin)) return true;
  return false;
}

std::string word_of(const Way& way) {
  std::string port = letters(way.port);
  for (const Keys known : {kOtherwise, kNext})
    if (is_one(port, known)) return port;
  const bool told = contains(port, "undelivered") || contains(port, "unread") || is_failed(port) || is_silent(port) ||
                    way.label.empty();
  return told ? port : letters(way.label);
}

}  // namespace flow::importing::console::foreign
