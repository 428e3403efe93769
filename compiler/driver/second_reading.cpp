#include "compiler/driver/second_reading.h"

#include <utility>

namespace flow::driver {

SecondReading::SecondReading(std::vector<const ImportSource*> sources)
    : originals_(std::async(std::launch::async | std::launch::deferred, [sources = std::move(sources)] {
        std::vector<Originals> result;
        for (const ImportSource* source : sources) result.push_back(source->format->originals(source->json));
        return result;
      })) {}

}  // namespace flow::driver
