#pragma once

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdlib.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace e2b::test {

// A file that is gone at the end of the test.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string_view content = {}) {
        ::close(::mkstemp(path_.data()));
        std::ofstream(path_, std::ios::binary) << content;
    }
    TemporaryFile(TemporaryFile const&) = delete;
    TemporaryFile& operator=(TemporaryFile const&) = delete;
    ~TemporaryFile() { remove(); }

    [[nodiscard]] std::string const& path() const { return path_; }
    [[nodiscard]] std::string content() const {
        std::ostringstream text;
        text << std::ifstream(path_, std::ios::binary).rdbuf();
        return text.str();
    }
    [[nodiscard]] std::vector<std::string> lines() const {
        std::vector<std::string> result;
        std::ifstream file(path_);
        for (std::string line; std::getline(file, line);)
            result.push_back(line);
        return result;
    }
    // The path remains this file's own.
    void remove() { std::remove(path_.c_str()); }

private:
    std::string path_ = "/tmp/e2b-test-XXXXXX";
};

} // namespace e2b::test
