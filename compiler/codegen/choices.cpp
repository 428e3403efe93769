// The tables of choices (runtime/program/choice.h) as constants.
#include "compiler/codegen/emitter_internal.h"

namespace flow::codegen {

llvm::Constant* ModuleEmitter::constant(llvm::Constant* value, const llvm::Twine& name) {
  return new llvm::GlobalVariable(module_, value->getType(), true, llvm::GlobalValue::PrivateLinkage, value, name);
}

llvm::Constant* ModuleEmitter::words(std::span<const std::uint32_t> values, const llvm::Twine& name) {
  return constant(llvm::ConstantDataArray::get(context(), llvm::ArrayRef(values.data(), values.size())), name);
}

llvm::Constant* ModuleEmitter::text_choice(std::uint32_t choice) {
  choices_.resize(flow_.choices.size());
  if (choices_[choice] != nullptr) return choices_[choice];
  std::vector<program::FlowText> texts;
  std::vector<llvm::Constant*> places;
  for (const std::uint32_t text : flow_.choices[choice].texts) {
    const auto size = static_cast<std::int64_t>(flow_.texts[text].size());
    texts.push_back({flow_.texts[text].data(), flow_.texts[text].size()});
    places.push_back(llvm::ConstantStruct::get(text_type_, {bytes(text), int64(size)}));
  }
  const program::TextChoice made(std::move(texts));
  const FlowTextChoice table = made.table();
  llvm::Constant* list =
      constant(llvm::ConstantArray::get(llvm::ArrayType::get(text_type_, places.size()), places), "choice.texts");
  llvm::Constant* slots = words(made.slots(), "choice.slots");
  llvm::Constant* buckets = words(made.buckets(), "choice.buckets");
  const auto count = [&](std::uint64_t value) { return int64(static_cast<std::int64_t>(value)); };
  // FlowTextChoice, member by member.
  llvm::Constant* value =
      llvm::ConstantStruct::getAnon({list, slots, buckets, count(table.slot_mask), count(table.bucket_mask),
                                     count(table.shortest), count(table.longest)});
  static_assert(sizeof(FlowTextChoice) == 56);
  return choices_[choice] = constant(value, "choice." + llvm::Twine(choice));
}

llvm::Constant* ModuleEmitter::region_choice(std::uint32_t choice) {
  choices_.resize(flow_.choices.size());
  if (choices_[choice] != nullptr) return choices_[choice];
  const std::vector<std::int64_t>& regions = flow_.choices[choice].regions;
  const program::RegionChoice made(regions);
  std::vector<std::uint32_t> rows;
  for (const numbers::Row& row : made.classifier().rows()) {
    rows.push_back(row.stop);
    rows.insert(rows.end(), std::begin(row.next), std::end(row.next));
  }
  static_assert(sizeof(numbers::Row) == 11 * sizeof(std::uint32_t));
  llvm::Constant* start = words(made.classifier().start(), "choice.start");
  llvm::Constant* rows_of = words(rows, "choice.rows");
  const std::vector<std::uint64_t> values(regions.begin(), regions.end());
  llvm::Constant* list = constant(llvm::ConstantDataArray::get(context(), values), "choice.regions");
  // FlowRegionChoice, member by member.
  llvm::Constant* value = llvm::ConstantStruct::getAnon(
      {start, rows_of, list, int64(static_cast<std::int64_t>(regions.size())), int64(made.classifier().otherwise())});
  static_assert(sizeof(FlowRegionChoice) == 40);
  return choices_[choice] = constant(value, "choice." + llvm::Twine(choice));
}

}  // namespace flow::codegen
