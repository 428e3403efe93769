#include "runtime/store/postgres/parameters.h"

#include "base/check.h"

namespace flow::store::postgres {

namespace {

std::uint32_t element_of(std::uint32_t array_type) {
  switch (array_type) {
    case kInt2Array:
      return kInt2;
    case kInt4Array:
      return kInt4;
    case kInt8Array:
      return kInt8;
    case kTextArray:
      return kText;
    case kBytesArray:
      return kBytes;
    case kUuidArray:
      return kUuid;
    default:
      FLOW_CHECK(false, "{} is no array", array_type);
      return 0;
  }
}

}  // namespace

Array::Array(std::uint32_t array_type) : type_(array_type), element_(element_of(array_type)) {}

void Array::bytes(std::string_view value) {
  put_big_endian(body_, static_cast<std::int32_t>(value.size()));
  body_.append(value);
  ++count_;
}

std::string Array::take() {
  std::string out;
  out.reserve(20 + body_.size());
  put_big_endian(out, std::int32_t{count_ == 0 ? 0 : 1});  // dimensions
  put_big_endian(out, std::int32_t{0});                    // no nulls
  put_big_endian(out, element_);
  if (count_ > 0) {
    put_big_endian(out, count_);
    put_big_endian(out, std::int32_t{1});  // where its numbering begins
  }
  out.append(body_);
  body_ = {};
  count_ = 0;
  return out;
}

Parameters& Parameters::add(std::uint32_t type, std::string value) {
  types_.push_back(type);
  values_.push_back(std::move(value));
  return *this;
}

std::size_t Parameters::byte_count() const {
  std::size_t sum = 0;
  for (const std::string& value : values_) sum += value.size();
  return sum;
}

}  // namespace flow::store::postgres
