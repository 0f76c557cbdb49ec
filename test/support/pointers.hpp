#pragma once

#include <string>
#include <vector>

namespace e2b::test {

// Texts as `exec` takes them: with a null pointer at the end, good for as long as the texts are.
inline std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

} // namespace e2b::test
