#include "compiler/import/console/foreign_ways.h"

#include <map>
#include <unordered_map>

#include <fmt/format.h>

namespace flow::importing::console::foreign {
namespace {

struct Row {
  Type type{};
  std::string_view names;  // as the console calls it, in small letters
};
constexpr Row kRows[] = {
    {Type::start, "start begin startnode trigger startevent 开始 开始节点"},
    {Type::end, "end finish stop endevent 结束 结束节点"},
    {Type::note, "note stickynote comment annotation remark 注释 备注"},
    {Type::typing, "typingindicator whatsapptypingindicator sendwhatsapptypingindicator sendawhatsapptypingindicator"},
    {Type::reply,
     "waitforaresponse waitforresponse waitingforreply waitforreply waitingforwhatsappreply 等待回复 等待用户回复"},
    {Type::branch,
     "branchingbyconditions branchingbycondition conditionalbranch conditionalbranching condition 条件分支"},
    {Type::schedule,
     "branchingbydatetime branchingbydate dateconditionalbranch datetimebranch datetimeconditionalbranch 日期条件分支 "
     "时间条件分支 日期时间分支"},
    {Type::jump,
     "jumptoanotherstep jumptostep jumptoanothernode jumptonode jump 跳转 跳转到其他步骤 跳转至其他步骤 跳转到其他节点 "
     "跳转至其他节点"},
    {Type::set, "setvariables setvariable 设置变量"},
    {Type::wait, "wait 等待 延时"},
    {Type::phone,
     "recognizeaphonenumber recognizephonenumber phonenumberidentification phonenumberrecognition 号码识别 识别号码 "
     "识别电话号码"},
    {Type::language,
     "recognizelanguagefromtext recognizelanguage languageidentification languagerecognition identifylanguage 语言识别 "
     "识别文本语言"},
    {Type::entities,
     "recognizeentitiesintext recognizeentities identifyentitiesintext identifyentities entityrecognition 实体识别 "
     "识别文本实体"},
    {Type::random, "randombranch randombranching 随机分支"},
    {Type::http, "httprequest http http请求"},
    {Type::function, "callafunction callfunction functioncompute 调用函数 函数计算"},
    {Type::classify,
     "sentimenttopicclassification sentimentclassification topicclassification emotiontopicidentification "
     "sentimentandtopicclassification 主题分类 情感分类 情感主题识别"},
    {Type::generate, "naturallanguagegenerate naturallanguagegeneration 自然语言生成"},
    {Type::forward, "forwardtoflow forwardtoprocess"},
    {Type::journey, "forwardtoflownew forwardtoprocessnew forwardtojourney forwardtojourneynew"},
    {Type::kept, "transfertohumanagent transfertohuman 转人工 转人工客服"},
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
    all.emplace(fmt::format("发送{}消息", channel), Known{Type::message, channel});
    all.emplace(fmt::format("等待{}回复", channel), Known{Type::reply, channel});
  }
  all.emplace("sendanemail", Known{Type::message, "email"});
  for (const std::string_view name : {"发送短信", "发送短信消息", "短信"})
    all.emplace(name, Known{Type::message, "sms"});
  for (const std::string_view name : {"发送邮件", "发送电子邮件", "邮件"})
    all.emplace(name, Known{Type::message, "email"});
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

// What a way out is called in Chinese; else the word.
std::string in_english(std::string word) {
  static const std::map<std::string_view, std::string_view> kWords = {
      {"未送达", "undelivered"}, {"未送达超时", "undelivered"},
      {"未读", "unread"},        {"未读超时", "unread"},
      {"失败", "failed"},        {"发送失败", "failed"},
      {"请求失败", "failed"},    {"错误", "error"},
      {"超时", "timeout"},       {"未回复", "notreplied"},
      {"无回复", "noreply"},     {"否则", "else"},
      {"其他", "other"},         {"其它", "other"},
      {"默认", "default"},       {"下一步", "next"},
      {"成功", "success"},       {"已回复", "replied"},
      {"已发送", "sent"},        {"完成", "done"},
      {"已送达", "delivered"},   {"已读", "read"}};
  const auto found = kWords.find(word);
  return found == kWords.end() ? word : std::string(found->second);
}

std::string word_of(const Way& way) {
  std::string port = in_english(letters(way.port));
  for (const Keys known : {kOtherwise, kNext})
    if (is_one(port, known)) return port;
  const bool told = contains(port, "undelivered") || contains(port, "unread") || is_failed(port) || is_silent(port) ||
                    way.label.empty();
  return told ? port : in_english(letters(way.label));
}

}  // namespace flow::importing::console::foreign
