#include "compiler/import/console/kinds.h"

#include <string>
#include <unordered_map>

#include "compiler/import/console/canvas.h"

namespace flow::importing::console {
namespace {

struct Row {
  std::string_view names;  // squeezed, with spaces between them
  Kind kind;
};

constexpr Row kRows[] = {
    {"start begin startnode trigger startevent", {KindId::start, "", "Start"}},
    {"end finish stop endevent", {KindId::end, "", "End"}},
    {"sendvibermessage sendavibermessage viber sendviber vibermessage",
     {KindId::send, "viber", "Send a Viber Message"}},
    {"sendwhatsappmessage sendawhatsappmessage whatsapp sendwhatsapp whatsappmessage",
     {KindId::send, "whatsapp", "Send a WhatsApp Message"}},
    {"sendinstagrammessage sendaninstagrammessage instagram sendinstagram instagrammessage",
     {KindId::send, "instagram", "Send an Instagram Message"}},
    {"sendmessengermessage sendamessengermessage messenger sendmessenger messengermessage",
     {KindId::send, "messenger", "Send a Messenger Message"}},
    {"sendsmsmessage sendansmsmessage sendsms sms smsmessage", {KindId::send, "sms", "Send an SMS Message"}},
    {"sendemailmessage sendanemailmessage sendemail sendanemail email", {KindId::send, "email", "Send Email"}},
    {"sendawhatsapptypingindicator whatsapptypingindicator typingindicator sendwhatsapptypingindicator",
     {KindId::typing, "whatsapp", "Send a WhatsApp Typing Indicator"}},
    {"waitforawhatsappresponse waitforwhatsappresponse waitingforwhatsappreply waitforwhatsappreply",
     {KindId::await_reply, "whatsapp", "Wait for a Response"}},
    {"waitforaviberresponse waitforviberresponse waitforviberreply",
     {KindId::await_reply, "viber", "Wait for a Response"}},
    {"waitforaninstagramresponse waitforinstagramresponse waitforinstagramreply",
     {KindId::await_reply, "instagram", "Wait for a Response"}},
    {"waitforamessengerresponse waitformessengerresponse waitformessengerreply",
     {KindId::await_reply, "messenger", "Wait for a Response"}},
    {"waitforaresponse waitforresponse waitingforreply waitforreply", {KindId::await_reply, "", "Wait for a Response"}},
    {"branchingbyconditions branchingbycondition conditionalbranch conditionalbranching condition",
     {KindId::branch, "", "Branching by Conditions"}},
    {"jumptoanotherstep jumptostep jumptoanothernode jumptonode jump", {KindId::jump, "", "Jump to Another Step"}},
    {"setvariables setvariable", {KindId::set, "", "Set Variables"}},
    {"wait", {KindId::wait, "", "Wait"}},
    {"recognizeaphonenumber recognizephonenumber phonenumberidentification phonenumberrecognition",
     {KindId::phone, "", "Recognize a Phone Number"}},
    {"randombranch randombranching", {KindId::random, "", "Random Branch"}},
    {"httprequest http", {KindId::http, "", "HTTP Request"}},
    {"recognizelanguagefromtext recognizelanguage languageidentification languagerecognition identifylanguage",
     {KindId::language, "", "Recognize Language from Text"}},
    {"recognizeentitiesintext recognizeentities identifyentitiesintext identifyentities entityrecognition",
     {KindId::entities, "", "Recognize Entities in Text"}},
    {"branchingbydatetime branchingbydate dateconditionalbranch datetimebranch datetimeconditionalbranch",
     {KindId::schedule, "", "Branching by Date/Time"}},
    {"callafunction callfunction functioncompute", {KindId::function, "", "Call a Function"}},
    {"forwardtoflow forwardtoprocess", {KindId::forward, "", "Forward to Flow"}},
    {"forwardtoflownew forwardtoprocessnew forwardtojourney forwardtojourneynew",
     {KindId::journey, "", "Forward to Journey (New)"}},
    {"sentimenttopicclassification sentimentclassification topicclassification emotiontopicidentification "
     "sentimentandtopicclassification",
     {KindId::classify, "", "Sentiment/Topic Classification"}},
    {"naturallanguagegenerate naturallanguagegeneration", {KindId::generate, "", "Natural Language Generate"}},
    {"note stickynote comment annotation remark", {KindId::note, "", "Note"}},
    {"transfertohumanagent transfertohuman", {KindId::extern_, "", "Transfer to Human Agent"}},
};

std::unordered_map<std::string_view, const Kind*> by_name() {
  std::unordered_map<std::string_view, const Kind*> out;
  for (const Row& row : kRows) {
    std::string_view rest = row.names;
    while (!rest.empty()) {
      const std::size_t space = rest.find(' ');
      out.emplace(rest.substr(0, space), &row.kind);
      rest = space == std::string_view::npos ? std::string_view() : rest.substr(space + 1);
    }
  }
  return out;
}

}  // namespace

const Kind* find_kind(std::string_view type) {
  static const auto kKinds = by_name();
  std::string name = squeezed(type);
  for (int i = 0; i < 2; ++i) {
    const auto found = kKinds.find(name);
    if (found != kKinds.end()) return found->second;
    if (!name.ends_with("node")) return nullptr;
    name.resize(name.size() - 4);
  }
  return nullptr;
}

}  // namespace flow::importing::console
