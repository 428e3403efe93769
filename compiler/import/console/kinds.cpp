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
    {"start begin startnode trigger startevent 开始 开始节点", {KindId::start, "", "Start"}},
    {"end finish stop endevent 结束 结束节点", {KindId::end, "", "End"}},
    {"sendvibermessage sendavibermessage viber sendviber vibermessage 发送viber消息",
     {KindId::send, "viber", "Send a Viber Message"}},
    {"sendwhatsappmessage sendawhatsappmessage whatsapp sendwhatsapp whatsappmessage 发送whatsapp消息",
     {KindId::send, "whatsapp", "Send a WhatsApp Message"}},
    {"sendinstagrammessage sendaninstagrammessage instagram sendinstagram instagrammessage 发送instagram消息",
     {KindId::send, "instagram", "Send an Instagram Message"}},
    {"sendmessengermessage sendamessengermessage messenger sendmessenger messengermessage 发送messenger消息",
     {KindId::send, "messenger", "Send a Messenger Message"}},
    {"sendsmsmessage sendansmsmessage sendsms sms smsmessage 发送短信 发送短信消息 发送sms消息 短信",
     {KindId::send, "sms", "Send an SMS Message"}},
    {"sendemailmessage sendanemailmessage sendemail sendanemail email 发送邮件 发送电子邮件 邮件",
     {KindId::send, "email", "Send Email"}},
    {"sendawhatsapptypingindicator whatsapptypingindicator typingindicator sendwhatsapptypingindicator",
     {KindId::typing, "whatsapp", "Send a WhatsApp Typing Indicator"}},
    {"waitforawhatsappresponse waitforwhatsappresponse waitingforwhatsappreply waitforwhatsappreply 等待whatsapp回复",
     {KindId::await_reply, "whatsapp", "Wait for a Response"}},
    {"waitforaviberresponse waitforviberresponse waitforviberreply 等待viber回复",
     {KindId::await_reply, "viber", "Wait for a Response"}},
    {"waitforaninstagramresponse waitforinstagramresponse waitforinstagramreply 等待instagram回复",
     {KindId::await_reply, "instagram", "Wait for a Response"}},
    {"waitforamessengerresponse waitformessengerresponse waitformessengerreply 等待messenger回复",
     {KindId::await_reply, "messenger", "Wait for a Response"}},
    {"waitforaresponse waitforresponse waitingforreply waitforreply 等待回复 等待用户回复",
     {KindId::await_reply, "", "Wait for a Response"}},
    {"branchingbyconditions branchingbycondition conditionalbranch conditionalbranching condition 条件分支",
     {KindId::branch, "", "Branching by Conditions"}},
    {"jumptoanotherstep jumptostep jumptoanothernode jumptonode jump 跳转 跳转到其他步骤 跳转至其他步骤 跳转到其他节点 "
     "跳转至其他节点",
     {KindId::jump, "", "Jump to Another Step"}},
    {"setvariables setvariable 设置变量", {KindId::set, "", "Set Variables"}},
    {"wait 等待 延时", {KindId::wait, "", "Wait"}},
    {"recognizeaphonenumber recognizephonenumber phonenumberidentification phonenumberrecognition 号码识别 识别号码 "
     "识别电话号码",
     {KindId::phone, "", "Recognize a Phone Number"}},
    {"randombranch randombranching 随机分支", {KindId::random, "", "Random Branch"}},
    {"httprequest http http请求", {KindId::http, "", "HTTP Request"}},
    {"recognizelanguagefromtext recognizelanguage languageidentification languagerecognition identifylanguage 语言识别 "
     "识别文本语言",
     {KindId::language, "", "Recognize Language from Text"}},
    {"recognizeentitiesintext recognizeentities identifyentitiesintext identifyentities entityrecognition 实体识别 "
     "识别文本实体",
     {KindId::entities, "", "Recognize Entities in Text"}},
    {"branchingbydatetime branchingbydate dateconditionalbranch datetimebranch datetimeconditionalbranch 日期条件分支 "
     "时间条件分支 日期时间分支",
     {KindId::schedule, "", "Branching by Date/Time"}},
    {"callafunction callfunction functioncompute 调用函数 函数计算", {KindId::function, "", "Call a Function"}},
    {"forwardtoflow forwardtoprocess", {KindId::forward, "", "Forward to Flow"}},
    {"forwardtoflownew forwardtoprocessnew forwardtojourney forwardtojourneynew",
     {KindId::journey, "", "Forward to Journey (New)"}},
    {"sentimenttopicclassification sentimentclassification topicclassification emotiontopicidentification "
     "sentimentandtopicclassification 主题分类 情感分类 情感主题识别",
     {KindId::classify, "", "Sentiment/Topic Classification"}},
    {"naturallanguagegenerate naturallanguagegeneration 自然语言生成",
     {KindId::generate, "", "Natural Language Generate"}},
    {"note stickynote comment annotation remark 注释 备注", {KindId::note, "", "Note"}},
    {"transfertohumanagent transfertohuman 转人工 转人工客服", {KindId::extern_, "", "Transfer to Human Agent"}},
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
