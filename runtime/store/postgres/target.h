// Where a database is: the URL of `--store`, without anything that must not be shown.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace flow::store::postgres {

// What libpq needs to connect. Holds the password, if one was given: never print its parts, print shown().
class Target {
 public:
  // `postgres://user@host:port/database?sslmode=verify-full…` or `postgresql://…`, as libpq reads them. The message of
  // a refusal never repeats the URL. invalid_argument: no such URL, or a password inside of it (everybody can read
  // command lines): give `password`, PGPASSFILE or PGPASSWORD. `password` may be empty.
  static Result<Target> parse(const std::string& url, std::string password);

  // "postgres://host:port/database": for logs and errors.
  const std::string& shown() const { return shown_; }
  // Keyword and value, as libpq names them.
  const std::vector<std::pair<std::string, std::string>>& parts() const { return parts_; }
  // The same database by another way (tests put a proxy between).
  Target with(const std::string& keyword, const std::string& value) const;

 private:
  void set(const std::string& keyword, const std::string& value);

  std::vector<std::pair<std::string, std::string>> parts_;
  std::string shown_;
};

// Whether `--store` means a database and not a folder.
bool is_postgres_url(std::string_view text);

}  // namespace flow::store::postgres
