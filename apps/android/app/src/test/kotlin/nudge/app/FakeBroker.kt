package nudge.app

import java.io.ByteArrayOutputStream
import java.io.Closeable
import java.io.DataInputStream
import java.io.EOFException
import java.io.IOException
import java.net.InetAddress
import java.net.ServerSocket
import java.net.Socket
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import javax.net.ServerSocketFactory
import kotlin.concurrent.thread

/** As much of an MQTT 5 broker as the app speaks to: it acknowledges, and says what it is told to. */
class FakeBroker(factory: ServerSocketFactory = ServerSocketFactory.getDefault()) : Closeable {
  data class Packet(val type: Int, val first: Int, val body: ByteArray)

  private val server: ServerSocket = factory.createServerSocket(0, 8, InetAddress.getLoopbackAddress())
  val port = server.localPort

  /** What came, "CONNECT alice", "topic payload", "CLOSED". */
  val heard = LinkedBlockingQueue<String>()

  /** Sent to who subscribes: topic filter → topic and payload. */
  val retained = mutableMapOf<String, Pair<String, String>>()

  /** Sent after a publication: what it says in the end. */
  @Volatile
  var receipt: Pair<String, String>? = null

  @Volatile
  var isSilent = false

  init {
    thread(isDaemon = true) {
      try {
        while (true) server.accept().let { thread(isDaemon = true) { serve(it) } }
      } catch (_: IOException) {
      }
    }
  }

  fun next(): String = checkNotNull(heard.poll(60, TimeUnit.SECONDS)) { "nothing came" }

  override fun close() = server.close()

  private fun serve(socket: Socket) = socket.use {
    try {
      val input = DataInputStream(socket.getInputStream())
      while (true) answer(read(input), socket)
    } catch (_: IOException) {
      heard.add("CLOSED")
    }
  }

  private fun read(input: DataInputStream): Packet {
    val first = input.readUnsignedByte()
    var len = 0
    var shift = 0
    do {
      val byte = input.readUnsignedByte()
      len = len or ((byte and 0x7f) shl shift)
      shift += 7
    } while (byte and 0x80 != 0)
    return Packet(first shr 4, first, ByteArray(len).also(input::readFully))
  }

  private fun answer(packet: Packet, socket: Socket) {
    val body = DataInputStream(packet.body.inputStream())
    when (packet.type) {
      CONNECT -> {
        heard.add("CONNECT " + connect(body))
        if (!isSilent) send(socket, 0x20, byteArrayOf(0, 0, 0))
      }
      PUBLISH -> {
        val topic = body.readUTF()
        val id = ByteArray(2).also(body::readFully)
        skipProperties(body)
        heard.add("$topic ${String(body.readBytes())}")
        if (isSilent) return
        send(socket, 0x40, id)
        receipt?.let { publish(socket, it) }
      }
      SUBSCRIBE -> {
        val id = ByteArray(2).also(body::readFully)
        skipProperties(body)
        send(socket, 0x90, id + byteArrayOf(0, 1))
        retained[body.readUTF()]?.let { publish(socket, it) }
      }
      PING -> send(socket, 0xd0, ByteArray(0))
      DISCONNECT -> throw EOFException()
    }
  }

  /** Its user, password and Will. */
  private fun connect(body: DataInputStream): String {
    body.readUTF()
    body.readByte()
    val flags = body.readUnsignedByte()
    body.readShort()
    skipProperties(body)
    body.readUTF()
    skipProperties(body)
    val will = body.readUTF() + " " + body.readUTF()
    val user = if (flags and 0x80 != 0) body.readUTF() else "-"
    val password = if (flags and 0x40 != 0) body.readUTF() else "-"
    return "$user $password, will $will"
  }

  private fun skipProperties(body: DataInputStream) {
    body.skipBytes(body.readUnsignedByte())
  }

  private fun publish(socket: Socket, what: Pair<String, String>) {
    val topic = what.first.toByteArray()
    val head = byteArrayOf(0, topic.size.toByte()) + topic + 0
    send(socket, 0x30, head + what.second.toByteArray())
  }

  private fun send(socket: Socket, first: Int, body: ByteArray) {
    val packet = ByteArrayOutputStream()
    packet.write(first)
    var left = body.size
    do {
      packet.write(if (left > 0x7f) (left and 0x7f) or 0x80 else left)
      left = left shr 7
    } while (left > 0)
    packet.write(body)
    socket.getOutputStream().write(packet.toByteArray())
    socket.getOutputStream().flush()
  }

  private companion object {
    const val CONNECT = 1
    const val PUBLISH = 3
    const val SUBSCRIBE = 8
    const val PING = 12
    const val DISCONNECT = 14
  }
}
