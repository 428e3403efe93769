// The originals of an import by the second reader, for the proof.
#pragma once

#include <future>
#include <vector>

#include "compiler/driver/import_source.h"
#include "compiler/import/format.h"

namespace flow::driver {

using importing::Originals;

// Those of several files, begun when this is made, on a thread of its own: they need nothing of the first reading.
// Where no thread can be had, they are made when they are asked for.
class SecondReading {
 public:
  // Until take(), or its end, the sources must stay where and what they are.
  explicit SecondReading(std::vector<const ImportSource*> sources);
  // In the order of the sources. Once.
  std::vector<Originals> take() { return originals_.get(); }

 private:
  std::future<std::vector<Originals>> originals_;
};

}  // namespace flow::driver
