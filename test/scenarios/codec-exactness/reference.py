"""Encodes and decodes by the libraries of the distribution, so that the WebAssembly builds have something to equal.

Standard input holds a list of jobs as JSON, each {"library", "pcm", "out", "lost", and the options of its codec}. `pcm` names
a file of 16-bit little-endian samples, `out` the file to write: for each packet its length (u16), its bytes (none where
nothing needs sending), the number of samples decoded from it (u16), and those samples. What is in no packet is decoded all
the same; every packet whose number is in `lost` is concealed instead.
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
    for index in range(len(samples) // step):
        library.speex_bits_reset(ctypes.byref(written))
        send = 0
        for part in range(frames_per_packet):
            start = index * step + part * frame_samples
            frame[:] = samples[start : start + frame_samples]
            send |= library.speex_encode_int(encoder, frame, ctypes.byref(written))
        length = library.speex_bits_write(ctypes.byref(written), packet, MAX_PACKET_BYTES)
        lost = index in job["lost"]
        library.speex_bits_read_from(ctypes.byref(read), packet, length)
        decoded = array.array("h")
        for _ in range(frames_per_packet):
            bits = None if lost else ctypes.byref(read)
            if library.speex_decode_int(decoder, bits, frame) != 0:
                raise RuntimeError(f"libspeex1 does not decode its own packet {index}")
            decoded.extend(frame)
        emit(packet.raw[:length] if send else b"", decoded)


G729_FRAME_SAMPLES = 80
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
    for index in range(len(samples) // step):
        packet = b""
        decoded = array.array("h")
        for part in range(frames_per_packet):
            start = index * step + part * G729_FRAME_SAMPLES
            frame[:] = samples[start : start + G729_FRAME_SAMPLES]
            library.bcg729Encoder(encoder, frame, encoded, ctypes.byref(length))
            size = length.value
            packet += encoded.raw[:size]
            erased = index in job["lost"] or size == 0
            bits = None if erased else encoded
            silence = int(not erased and size == G729_SILENCE_BYTES)
            numbers = [ctypes.c_uint8(value) for value in (0 if erased else size, int(erased), silence, 0)]
            library.bcg729Decoder(decoder, bits, *numbers, frame)
            decoded.extend(frame)
        emit(packet, decoded)


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
