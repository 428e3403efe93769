#include "runtime/store/postgres/target.h"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>

namespace flow::store::postgres {

bool is_postgres_url(std::string_view text) {
  return text.starts_with("postgres://") || text.starts_with("postgresql://");
}

Result<Target> Target::parse(const std::string& url, std::string password) {
  if (!is_postgres_url(url) || url.find('\0') != std::string::npos) {
    return fail(ErrorCode::invalid_argument, "the store's URL must begin with postgres:// or postgresql://");
  }
  char* complaint = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(url.c_str(), &complaint),
                                                                             &PQconninfoFree);
  if (complaint != nullptr) PQfreemem(complaint);  // it may repeat parts of the URL
  if (options == nullptr) {
    return fail(ErrorCode::invalid_argument,
                "the store's URL cannot be read; it looks like postgres://user@host:5432/database?sslmode=verify-full");
  }
  Target target;
  std::string host;
  std::string port = "5432";
  std::string database;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr || *option->val == '\0') continue;
    const std::string keyword = option->keyword;
    if (keyword == "password" || keyword == "sslpassword") {
      return fail(
          ErrorCode::invalid_argument,
          "the store's URL holds a password, which everybody who lists processes can read: take it out and give "
          "it by `password` of [cluster], PGPASSFILE or PGPASSWORD");
    }
    target.parts_.emplace_back(keyword, option->val);
    if (keyword == "host" || (keyword == "hostaddr" && host.empty())) host = option->val;
    if (keyword == "port") port = option->val;
    if (keyword == "dbname") database = option->val;
  }
  if (!password.empty()) target.parts_.emplace_back("password", std::move(password));
  target.shown_ = fmt::format("postgres://{}:{}/{}", host, port, database);
  return target;
}

Target Target::with(const std::string& keyword, const std::string& value) const {
  Target copy = *this;
  copy.set(keyword, value);
  return copy;
}

void Target::set(const std::string& keyword, const std::string& value) {
  const auto found = std::ranges::find(parts_, keyword, &std::pair<std::string, std::string>::first);
  if (found == parts_.end())
    parts_.emplace_back(keyword, value);
  else
    found->second = value;
}

}  // namespace flow::store::postgres
