// What libphonenumber says of a national significant number as it stands, nothing stripped: its region and its type.
//
// It tries the regions of the calling code in order: one with leading digits takes every number that begins with them,
// another one takes the numbers that match its general pattern and that of some type, lengths included. All these
// patterns are run side by side. Runs while building.
#pragma once

#include <phonenumbers/phonemetadata.pb.h>

#include <array>
#include <map>
#include <vector>

#include "numbers/automaton.h"
#include "numbers/plan/pattern.h"

namespace flow::numbers::plan {

struct RegionAndType {
  std::uint16_t region = 0;  // 0: none, or one that is no country (001)
  NumberType type = NumberType::unknown;
  auto operator<=>(const RegionAndType&) const = default;
};

class Direct {
 public:
  using Metadata = i18n::phonenumbers::PhoneMetadata;
  using State = std::uint32_t;  // which digits were read, as far as it matters; their count included

  // The main region of the calling code first.
  explicit Direct(const std::vector<const Metadata*>& regions);

  State start() const { return 0; }
  State after(State state, unsigned digit);

  std::size_t digits(State state) const { return digits_[state]; }
  RegionAndType answer(State state) const;
  // Matches the general pattern of the main region, whatever its length.
  bool viable(State state) const;
  // By the lengths of the main region.
  Possibility possibility(std::size_t digits) const;
  // What a number has that has no type.
  bool keeps_region(std::uint16_t region) const;

 private:
  struct Description {
    bool none = true;
    Automaton::State accepts = 0;
    std::vector<std::size_t> lengths;  // empty: any
  };
  struct Region {
    std::uint16_t letters = 0;
    bool by_leading_digits = false;
    Automaton::State leading = 0;
    Description general;
    std::array<Description, 8> special;  // premium rate … voicemail, in the library's order
    Description fixed_line;
    Description mobile;
    bool same_mobile_and_fixed = false;
  };

  Description describe(const i18n::phonenumbers::PhoneNumberDesc& desc);
  Region read(const Metadata& metadata);
  State known(Automaton::States states, std::size_t digits);
  bool matches(State state, const Description& description) const;
  bool holds(State state, Automaton::State accepting) const;
  NumberType type(State state, const Region& region) const;

  Automaton automaton_;
  std::vector<Region> regions_;
  std::vector<std::size_t> possible_;
  std::vector<std::size_t> local_only_;

  std::map<std::pair<std::size_t, Automaton::States>, State> ids_;
  std::vector<const Automaton::States*> states_;  // keys of ids_
  std::vector<std::size_t> digits_;
  std::vector<std::array<State, 10>> next_;
};

// As in `a << 8 | b`; 0 for 001.
std::uint16_t letters_of(const std::string& region);

}  // namespace flow::numbers::plan
