// What most units of the tests include; see src/precompiled.hpp.
#pragma once

#include "../../src/precompiled.hpp"
#include "catch.hpp"

#include <future>
#include <thread>
