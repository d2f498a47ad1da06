"""Encodes and decodes by the libraries of the distribution, so that the WebAssembly builds have something to equal.

Standard input holds a list of jobs as JSON, each {"library", "pcm", "out", "lost", and the options of its codec}. `pcm` names
a file of 16-bit little-endian samples, `out` the file to write: for each packet its length (u16), its bytes (none where
nothing needs sending), the number of samples decoded from it (u16), and those samples. What is in no packet is decoded all
the same; in place of every packet whose number is in `lost` frames beside the loss are decoded once more, up to 20 ms of each
side, and what is between them is concealed.
"""

import array
import ctypes
import json
import struct
import sys

SPEEX_SET_ENH = 0
SPEEX_GET_FRAME_SIZE = 3
SPEEX_SET_QUALITY = 4
SPEEX_SET_VBR = 12
SPEEX_SET_VBR_QUALITY = 14
SPEEX_SET_COMPLEXITY = 16
SPEEX_SET_VAD = 30
SPEEX_SET_DTX = 34
SPEEX_MODES = {"nb": 0, "wb": 1, "uwb": 2}
MAX_PACKET_BYTES = 2000


class SpeexBits(ctypes.Structure):
    _fields_ = [
        ("chars", ctypes.c_void_p),
        ("nbBits", ctypes.c_int),
        ("charPtr", ctypes.c_int),
        ("bitPtr", ctypes.c_int),
        ("owner", ctypes.c_int),
        ("overflow", ctypes.c_int),
        ("buf_size", ctypes.c_int),
        ("reserved1", ctypes.c_int),
        ("reserved2", ctypes.c_void_p),
    ]


def loss_around(lost, index):
    """The first packet of the loss that a packet is in, how many there are, and the first behind it."""
    first, behind = index, index
    while first - 1 in lost:
        first -= 1
    while behind in lost:
        behind += 1
    return first, behind - first, behind


def stand_in(number, frames, most):
    """What is decoded in place of one of so many lost frames: the last before them, the first behind them, or nothing."""
    if number < min(frames // 2, most):
        return "before"
    if frames - number <= min(frames - frames // 2, most):
        return "behind"
    return "nothing"


def speex_library():
    speex = ctypes.CDLL("libspeex.so.1")
    for name in ("speex_lib_get_mode", "speex_encoder_init", "speex_decoder_init"):
        getattr(speex, name).restype = ctypes.c_void_p
    return speex


def speex(job, samples, emit):
    library = speex_library()
    mode = ctypes.c_void_p(library.speex_lib_get_mode(SPEEX_MODES[job["mode"]]))
    encoder = ctypes.c_void_p(library.speex_encoder_init(mode))
    decoder = ctypes.c_void_p(library.speex_decoder_init(mode))
    read, written = SpeexBits(), SpeexBits()
    library.speex_bits_init(ctypes.byref(read))
    library.speex_bits_init(ctypes.byref(written))

    def tell(request, value):
        library.speex_encoder_ctl(encoder, request, ctypes.byref(value))

    tell(SPEEX_SET_COMPLEXITY, ctypes.c_int(job["complexity"]))
    if job["vbr"]:
        tell(SPEEX_SET_VBR, ctypes.c_int(1))
        tell(SPEEX_SET_VBR_QUALITY, ctypes.c_float(job["quality"]))
    else:
        tell(SPEEX_SET_QUALITY, ctypes.c_int(job["quality"]))
        tell(SPEEX_SET_VAD, ctypes.c_int(int(job["vad"])))
    tell(SPEEX_SET_DTX, ctypes.c_int(int(job["dtx"])))
    size = ctypes.c_int()
    library.speex_encoder_ctl(encoder, SPEEX_GET_FRAME_SIZE, ctypes.byref(size))
    frame_samples = size.value
    frames_per_packet = job["framesPerPacket"]
    packet = ctypes.create_string_buffer(MAX_PACKET_BYTES)
    frame = (ctypes.c_int16 * frame_samples)()
    step = frame_samples * frames_per_packet
    packets = []
    for index in range(len(samples) // step):
        library.speex_bits_reset(ctypes.byref(written))
        send = 0
        for part in range(frames_per_packet):
            start = index * step + part * frame_samples
            frame[:] = samples[start : start + frame_samples]
            send |= library.speex_encode_int(encoder, frame, ctypes.byref(written))
        length = library.speex_bits_write(ctypes.byref(written), packet, MAX_PACKET_BYTES)
        packets.append((packet.raw[:length], send != 0))

    def decode(bits):
        if library.speex_decode_int(decoder, bits, frame) != 0:
            raise RuntimeError("libspeex1 does not decode its own packets")
        return frame

    def decode_again(data, at=(0, 0)):
        library.speex_bits_read_from(ctypes.byref(read), data, len(data))
        read.charPtr, read.bitPtr = at
        return decode(ctypes.byref(read))

    last, last_at, last_sent = b"", (0, 0), False
    for index, (data, sent) in enumerate(packets):
        decoded = array.array("h")
        if index in job["lost"]:
            first, count, behind = loss_around(job["lost"], index)
            behind_data, behind_sent = packets[behind] if behind < len(packets) else (b"", False)
            for part in range(frames_per_packet):
                number = (index - first) * frames_per_packet + part
                by = stand_in(number, count * frames_per_packet, 1)
                if by == "before" and last_sent:
                    decoded.extend(decode_again(last, last_at))
                elif by == "behind" and behind_sent:
                    decoded.extend(decode_again(behind_data))
                else:
                    decoded.extend(decode(None))
        else:
            library.speex_bits_read_from(ctypes.byref(read), data, len(data))
            for _ in range(frames_per_packet):
                last_at = (read.charPtr, read.bitPtr)
                decoded.extend(decode(ctypes.byref(read)))
            last, last_sent = data, sent
        emit(data if sent else b"", decoded)


G729_FRAME_SAMPLES = 80
G729_VOICE_BYTES = 10
G729_SILENCE_BYTES = 2


def bcg729(job, samples, emit):
    library = ctypes.CDLL("libbcg729.so.0")
    library.initBcg729EncoderChannel.restype = ctypes.c_void_p
    library.initBcg729DecoderChannel.restype = ctypes.c_void_p
    encoder = ctypes.c_void_p(library.initBcg729EncoderChannel(ctypes.c_uint8(int(job["dtx"]))))
    decoder = ctypes.c_void_p(library.initBcg729DecoderChannel())
    encoded = ctypes.create_string_buffer(10)
    length = ctypes.c_uint8()
    frame = (ctypes.c_int16 * G729_FRAME_SAMPLES)()
    frames_per_packet = job["framesPerPacket"]
    step = G729_FRAME_SAMPLES * frames_per_packet
    packets = []
    for index in range(len(samples) // step):
        packet = []
        for part in range(frames_per_packet):
            start = index * step + part * G729_FRAME_SAMPLES
            frame[:] = samples[start : start + G729_FRAME_SAMPLES]
            library.bcg729Encoder(encoder, frame, encoded, ctypes.byref(length))
            packet.append(encoded.raw[: length.value])
        packets.append(packet)

    def decode(data):
        silence = int(len(data) == G729_SILENCE_BYTES)
        numbers = [ctypes.c_uint8(value) for value in (len(data), int(not data), silence, 0)]
        library.bcg729Decoder(decoder, data or None, *numbers, frame)
        return frame

    last = b""
    for index, packet in enumerate(packets):
        decoded = array.array("h")
        if index in job["lost"]:
            first, count, behind = loss_around(job["lost"], index)
            after = packets[behind][0] if behind < len(packets) else b""
            for part in range(frames_per_packet):
                number = (index - first) * frames_per_packet + part
                by = stand_in(number, count * frames_per_packet, 2)
                data = {"before": last, "behind": after}.get(by, b"")
                decoded.extend(decode(data if len(data) == G729_VOICE_BYTES else b""))
        else:
            for data in packet:
                decoded.extend(decode(data))
            last = packet[-1]
        emit(b"".join(packet), decoded)


LIBRARIES = {"speex": speex, "bcg729": bcg729}


def main():
    for job in json.load(sys.stdin):
        samples = array.array("h")
        with open(job["pcm"], "rb") as file:
            samples.frombytes(file.read())
        job["lost"] = set(job["lost"])
        with open(job["out"], "wb") as out:

            def emit(packet, decoded):
                out.write(struct.pack("<H", len(packet)) + packet + struct.pack("<H", len(decoded)))
                out.write(decoded.tobytes())

            LIBRARIES[job["library"]](job, samples, emit)


main()
