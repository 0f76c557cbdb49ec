#pragma once

#include "direct.hpp"
