#include "compiler/driver/write_files.h"

#include <filesystem>
#include <system_error>

#include <unistd.h>

#include "compiler/driver/output.h"

namespace flow::driver {
namespace {

namespace fs = std::filesystem;

// First everything is written beside its place, which is where disks are full; then it is only renamed.
class Transaction {
 public:
  ~Transaction() {
    for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) undo(*step);
  }

  Status stage(const NewFile& file) {
    std::error_code error;
    Step step;
    step.target = file.path;
    step.there = fs::exists(fs::symlink_status(file.path, error));
    if (step.there && !file.replace) return fail(ErrorCode::already_exists, "`{}` is there already", file.path);
    if (step.there) step.target = fs::canonical(file.path, error);
    if (error && step.there) return fail(ErrorCode::io_error, "cannot write `{}`: {}", file.path, error.message());
    if (step.there && !fs::is_regular_file(step.target, error))
      return fail(ErrorCode::already_exists, "`{}` is there, and is no file", file.path);
    step.fresh = beside(step.target, "new");
    step.old = beside(step.target, "old");
    if (const Status written = write_file(step.fresh, file.text); !written)
      return fail(ErrorCode::io_error, "cannot write `{}`: {}", file.path, why(written.error()));
    if (step.there) fs::permissions(step.fresh, fs::status(step.target, error).permissions(), error);
    steps_.push_back(std::move(step));
    return {};
  }

  Status commit() {
    for (Step& step : steps_) {
      std::error_code error;
      // Somebody else may have been here meanwhile.
      if (!step.there && fs::exists(fs::symlink_status(step.target, error)))
        return fail(ErrorCode::already_exists, "`{}` is there already", step.target);
      error.clear();
      if (step.there) fs::rename(step.target, step.old, error);
      if (!error && step.there) step.kept = true;
      if (!error) fs::rename(step.fresh, step.target, error);
      if (error) return fail(ErrorCode::io_error, "cannot write `{}`: {}", step.target, error.message());
      step.done = true;
    }
    for (const Step& step : steps_) {
      std::error_code ignored;
      if (step.kept) fs::remove(step.old, ignored);
    }
    steps_.clear();
    return {};
  }

 private:
  struct Step {
    std::string target;
    std::string fresh;  // what is to be there, beside it
    std::string old;    // what was there, while the others are written
    bool there = false;
    bool kept = false;
    bool done = false;
  };

  std::string beside(const std::string& path, const char* what) const {
    return fmt::format("{}.{}.{}.{}", path, ::getpid(), steps_.size(), what);
  }
  // "cannot write `x.new`: no space" without the name that only we know.
  static std::string why(const Error& error) {
    const std::size_t colon = error.message.rfind(": ");
    return colon == std::string::npos ? error.message : error.message.substr(colon + 2);
  }

  static void undo(const Step& step) {
    std::error_code ignored;
    fs::remove(step.done ? step.target : step.fresh, ignored);
    if (step.kept) fs::rename(step.old, step.target, ignored);
  }

  std::vector<Step> steps_;
};

}  // namespace

Status write_all_or_none(const std::vector<NewFile>& files) {
  Transaction transaction;
  for (const NewFile& file : files)
    if (const Status staged = transaction.stage(file); !staged) return staged;
  return transaction.commit();
}

}  // namespace flow::driver
