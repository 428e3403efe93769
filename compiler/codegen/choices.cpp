// The tables of choices (runtime/program/choice.h) as constants.
#include "compiler/codegen/emitter_internal.h"

namespace flow::codegen {

llvm::Constant* ModuleEmitter::choice(std::uint32_t choice) {
  choices_.resize(flow_.choices.size());
  if (choices_[choice] != nullptr) return choices_[choice];
  const auto constant = [&](llvm::Constant* value, const llvm::Twine& name) {
    return new llvm::GlobalVariable(module_, value->getType(), true, llvm::GlobalValue::PrivateLinkage, value, name);
  };
  std::vector<program::FlowText> texts;
  std::vector<llvm::Constant*> places;
  for (const std::uint32_t text : flow_.choices[choice].texts) {
    const auto size = static_cast<std::int64_t>(flow_.texts[text].size());
    texts.push_back({flow_.texts[text].data(), flow_.texts[text].size()});
    places.push_back(llvm::ConstantStruct::get(text_type_, {bytes(text), int64(size)}));
  }
  const program::TextChoice made(std::move(texts));
  const FlowTextChoice table = made.table();
  const auto numbers = [&](std::span<const std::uint32_t> values, const llvm::Twine& name) {
    return constant(llvm::ConstantDataArray::get(context(), llvm::ArrayRef(values.data(), values.size())), name);
  };
  auto* list = llvm::ConstantArray::get(llvm::ArrayType::get(text_type_, places.size()), places);
  llvm::Constant* texts_of = constant(list, "choice.texts");
  llvm::Constant* slots = numbers(made.slots(), "choice.slots");
  llvm::Constant* buckets = numbers(made.buckets(), "choice.buckets");
  const auto count = [&](std::uint64_t value) { return int64(static_cast<std::int64_t>(value)); };
  // FlowTextChoice, member by member.
  return choices_[choice] = constant(
             llvm::ConstantStruct::getAnon({texts_of, slots, buckets, count(table.slot_mask), count(table.bucket_mask),
                                            count(table.shortest), count(table.longest)}),
             "choice." + llvm::Twine(choice));
}

}  // namespace flow::codegen
