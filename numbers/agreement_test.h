// Numbers to compare answers on: valid, nearly valid, with national prefixes, too short, too long, of every calling
// code, and random digits.
#pragma once

#include <phonenumbers/phonenumber.pb.h>
#include <phonenumbers/phonenumberutil.h>

#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace flow::numbers::testing {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

class NumberSource {
 public:
  explicit NumberSource(std::uint32_t seed) : random_(seed) {
    const PhoneNumberUtil& util = *PhoneNumberUtil::GetInstance();
    std::set<int> codes;
    util.GetSupportedCallingCodes(&codes);
    for (const int code : codes) codes_.push_back(std::to_string(code));
    std::set<std::string> regions;
    util.GetSupportedRegions(&regions);
    const auto add = [&](const PhoneNumber& number) {
      util.Format(number, PhoneNumberUtil::E164, &examples_.emplace_back());
    };
    PhoneNumber example;
    for (const std::string& region : regions) {
      for (int type = PhoneNumberUtil::FIXED_LINE; type <= PhoneNumberUtil::VOICEMAIL; ++type) {
        if (util.GetExampleNumberForType(region, static_cast<PhoneNumberUtil::PhoneNumberType>(type), &example))
          add(example);
      }
    }
    for (const int code : codes)
      if (util.GetExampleNumberForNonGeoEntity(code, &example)) add(example);
  }

  std::string next() {
    std::string number;
    switch (below(8)) {
      case 0:
        return digits("+", 1 + below(15), 10);
      case 1:
        return digits("+" + codes_[below(codes_.size())], below(13), 10);
      case 2:
        return digits("+" + codes_[below(codes_.size())], 1 + below(12), 3);  // long runs of 0, 1, 2
      case 3:
        return with_prefix();
      default:
        number = changed(examples_[below(examples_.size())]);
    }
    const std::size_t length = below(16);
    if (length == 0 && number.size() > 2) number.pop_back();
    if (length == 1) number = digits(number, 1 + below(2), 10);
    return number;
  }

  std::size_t below(std::size_t end) { return random_() % end; }
  const std::vector<std::string>& codes() const { return codes_; }
  const std::vector<std::string>& examples() const { return examples_; }

  // Some digits changed; those of the calling code seldom.
  std::string changed(std::string number) {
    for (std::size_t changes = below(6); changes > 0; --changes) {
      const std::size_t first = below(20) == 0 ? 1 : 4;
      if (number.size() > first) number[first + below(number.size() - first)] = static_cast<char>('0' + below(10));
    }
    return number;
  }

 private:
  std::string digits(std::string number, std::size_t count, std::size_t base) {
    for (; count > 0 && number.size() < 16; --count) number += static_cast<char>('0' + below(base));
    return number;
  }

  // A national prefix, or what could be one, before the national number.
  std::string with_prefix() {
    static constexpr const char* kPrefixes[] = {"0",  "1",   "8",    "00",   "06", "80",
                                                "01", "044", "9015", "0115", "15", "90"};
    std::string number = changed(examples_[below(examples_.size())]);
    std::size_t code = 1;
    while (code < 3 && std::ranges::find(codes_, number.substr(1, code)) == codes_.end()) ++code;
    number.insert(1 + code, kPrefixes[below(std::size(kPrefixes))]);
    return number.substr(0, 16);
  }

  std::mt19937 random_;
  std::vector<std::string> codes_;
  std::vector<std::string> examples_;
};

}  // namespace flow::numbers::testing
